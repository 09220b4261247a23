// What the import page asks the server: files up with their progress, the jobs, a plan, a cancel.
import type { ImportJob, ImportPlan } from '../../contracts/import.ts';
import { Refused } from '../live/past.http.ts';

async function call<T>(path: string, init: RequestInit = {}): Promise<T> {
  let response: Response;
  try {
    response = await fetch(path, { credentials: 'same-origin', ...init });
  } catch {
    throw new Refused('unreachable', 0, '服务器没有应答');
  }
  if (response.status === 204) return undefined as T;
  const answer = (await response.json().catch(() => null)) as (T & { code?: string; title?: string }) | null;
  if (!response.ok || answer === null)
    throw new Refused(answer?.code ?? 'internal', response.status, answer?.title ?? `服务器答 ${response.status}`);
  return answer;
}

export const listJobs = async (): Promise<readonly ImportJob[]> =>
  (await call<{ items: readonly ImportJob[] }>('/api/imports?limit=30')).items;
export const readJob = (id: number): Promise<ImportJob> => call(`/api/imports/${id}`);
export const cancelJob = (id: number): Promise<void> => call(`/api/imports/${id}`, { method: 'DELETE' });
export const startJob = (id: number, plan: ImportPlan): Promise<ImportJob> =>
  call(`/api/imports/${id}/start`, { method: 'POST', headers: { 'Content-Type': 'application/json' }, body: JSON.stringify(plan) });

export interface Upload {
  readonly done: Promise<number>;
  abort(): void;
}
/** fetch tells nothing of what is on its way up; the older door does. */
export function uploadFiles(files: readonly File[], onProgress: (share: number) => void): Upload {
  const request = new XMLHttpRequest();
  const done = new Promise<number>((resolve, reject) => {
    request.upload.onprogress = ({ loaded, total }) => onProgress(total > 0 ? loaded / total : 0);
    request.onerror = () => reject(new Refused('unreachable', 0, '上传中断，服务器没有应答'));
    request.onabort = () => reject(new Refused('cancelled', 0, '上传已取消'));
    request.onload = () => {
      const answer = JSON.parse(request.responseText || '{}') as { id?: number; code?: string; title?: string };
      if (request.status === 201 && answer.id !== undefined) resolve(answer.id);
      else reject(new Refused(answer.code ?? 'internal', request.status, answer.title ?? `服务器答 ${request.status}`));
    };
  });
  const form = new FormData();
  for (const file of files) form.append('file', file);
  request.open('POST', '/api/imports?preview=1');
  request.send(form);
  return { done, abort: () => request.abort() };
}
