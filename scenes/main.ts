// Browser root: the pages, who may open them, and what happens when the session ends.
import { createApp, h, ref } from 'vue';
import { createRouter, createWebHistory, type RouteLocationNormalized, type RouteRecordRaw } from 'vue-router';
import '../screen/theme/fonts.css';
import '../screen/theme/wall-tokens.css';
import type { Scene } from '../contracts/scene.ts';
import type { SessionReply } from '../contracts/wire.ts';
import { Refused, session } from '../screen/live/past.http.ts';
import { closeLive, onSessionEnded } from '../screen/live/use-live.socket.ts';
import Shell from '../screen/shell.vue';
import { scenes } from './index.ts';
import { pages } from './pages.ts';

const missing = ref('');
/** Answered once per load; a logout reloads the page. */
let known: Promise<SessionReply | null> | null = null;
function whoIsLooking(): Promise<SessionReply | null> {
  known ??= session().catch((error: unknown) => {
    if (error instanceof Refused && error.status === 401) return null;
    // The server is away: the page opens and says so itself.
    known = null;
    return { token: '', identity: null as never, expires: '' };
  });
  return known;
}

function routeOf(scene: Scene): RouteRecordRaw[] {
  const page = pages[scene.id];
  return page ? [{ path: scene.path, name: scene.id, component: page, meta: { title: scene.title.zh, roles: scene.roles } }] : [];
}
const router = createRouter({
  history: createWebHistory(),
  routes: [
    { path: '/', redirect: '/screen/overview' },
    { path: '/screen', redirect: '/screen/overview' },
    { path: '/login', name: 'login', component: () => import('../screen/login/login.vue'), meta: { title: '登录', open: true } },
    { path: '/portal', name: 'portal', component: () => import('../screen/portal/portal.vue'), meta: { title: '数据门户', open: true } },
    { path: '/console/layers', name: 'layers', component: () => import('../screen/layers/layers.vue'), meta: { title: '图层管理' } },
    { path: '/ops', name: 'ops', component: () => import('./overview/ops/ops.vue'), meta: { title: '运行状况' } },
    {
      ...{ path: '/console/imports', name: 'imports', meta: { title: '数据导入' } },
      component: () => import('../screen/import/import-page.vue'),
    },
    ...scenes.flatMap(routeOf),
    { path: '/:rest(.*)*', redirect: '/screen/overview' },
  ],
});

router.beforeEach(async (to) => {
  if (to.meta.open) return true;
  const answer = await whoIsLooking();
  return answer === null ? loginFor(to) : true;
});
function loginFor(to: Pick<RouteLocationNormalized, 'fullPath'>) {
  known = null;
  return { name: 'login', query: { next: to.fullPath } };
}
router.afterEach((to) => {
  document.title = `${String(to.meta.title ?? '')} · 辽智`;
});
router.onError((error) => {
  missing.value = error instanceof Error ? error.message : String(error);
});
onSessionEnded(() => {
  const to = router.currentRoute.value;
  if (to.meta.open) return;
  closeLive();
  void router.push(loginFor(to));
});

const app = createApp({ render: () => h(Shell, { missing: missing.value }) });
app.use(router);
app.mount('#page');
