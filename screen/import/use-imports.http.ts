// The state of the import page: the jobs as the server knows them, asked again while one works; nothing is lost by a reload.
import { computed, onBeforeUnmount, onMounted, ref, shallowRef } from 'vue';
import type { ImportJob, ImportPlan } from '../../contracts/import.ts';
import { isWorking } from './import-words.ts';
import { cancelJob, listJobs, startJob, type Upload, uploadFiles } from './imports.http.ts';

export function useImports() {
  const jobs = shallowRef<readonly ImportJob[] | null>(null);
  const chosen = ref<number | null>(null);
  const failure = ref('');
  const uploading = ref<number | null>(null);
  const busy = ref(false);
  let upload: Upload | null = null;
  let timer: ReturnType<typeof setTimeout> | undefined;
  let gone = false;

  async function refresh(): Promise<void> {
    clearTimeout(timer);
    try {
      jobs.value = await listJobs();
      if (chosen.value === null) chosen.value = jobs.value[0]?.id ?? null;
    } catch (error) {
      if (jobs.value === null) failure.value = (error as Error).message;
    }
    if (!gone) timer = setTimeout(refresh, jobs.value?.some(({ state }) => isWorking(state)) ? 700 : 5000);
  }
  async function doing(work: () => Promise<unknown>): Promise<void> {
    failure.value = '';
    busy.value = true;
    try {
      await work();
    } catch (error) {
      failure.value = (error as Error).message;
    }
    busy.value = false;
    await refresh();
  }
  onMounted(refresh);
  onBeforeUnmount(() => {
    gone = true;
    clearTimeout(timer);
    upload?.abort();
  });
  return {
    ...{ jobs, chosen, failure, uploading, busy },
    job: computed(() => jobs.value?.find(({ id }) => id === chosen.value) ?? null),
    send: (files: readonly File[]) =>
      doing(async () => {
        if (files.length === 0) return;
        uploading.value = 0;
        try {
          upload = uploadFiles(files, (share) => {
            uploading.value = share;
          });
          chosen.value = await upload.done;
        } finally {
          upload = null;
          uploading.value = null;
        }
      }),
    stopUpload: () => upload?.abort(),
    start: (id: number, plan: ImportPlan) => doing(() => startJob(id, plan)),
    cancel: (id: number) => doing(() => cancelJob(id)),
  };
}
