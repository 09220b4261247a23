// A real Chromium as the tests start it: the flags that were found to work without a GPU.
import { type Browser, type BrowserContext, chromium, type Page } from 'playwright-core';
import { adminPassword } from './server.file.ts';

const flags =
  '--no-sandbox --disable-gpu --enable-unsafe-swiftshader --disable-quic --no-first-run --disable-background-networking --disable-sync --hide-scrollbars --disable-background-timer-throttling --disable-renderer-backgrounding --disable-backgrounding-occluded-windows';

export function launchBrowser(): Promise<Browser> {
  return chromium.launch({ executablePath: '/usr/bin/chromium', args: flags.split(' ') });
}

/** A machine that is shared answers when it can. */
export const patient = { timeout: 30_000 };

/** A window of the administrator's. @throws Error when he is not let in */
export async function administrator(browser: Browser, http: string): Promise<BrowserContext> {
  const context = await browser.newContext({ viewport: { width: 1440, height: 900 }, reducedMotion: 'reduce' });
  const session = await context.request.post(`${http}/api/session`, { data: { username: 'admin', password: adminPassword } });
  if (session.status() !== 200) throw new Error(`the administrator is answered ${session.status()}`);
  return context;
}
/** A page that is ready; what fails in it, and what it asks of others than `http`, is added to `trouble`. */
export async function openPage(context: BrowserContext, http: string, path: string, trouble: string[]): Promise<Page> {
  const page = await context.newPage();
  page.on('pageerror', (error) => trouble.push(String(error)));
  page.on('request', (request) => {
    if (!/^(data|blob):/.test(request.url()) && !request.url().startsWith(`${http}/`)) trouble.push(request.url());
  });
  await page.goto(http + path);
  await page.waitForSelector('[data-ready="true"]', { timeout: 90_000 });
  return page;
}
