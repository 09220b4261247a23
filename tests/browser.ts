// A real Chromium as the tests start it: the flags that were found to work without a GPU.
import { type Browser, chromium } from 'playwright-core';

const flags =
  '--no-sandbox --disable-gpu --enable-unsafe-swiftshader --disable-quic --no-first-run --disable-background-networking --disable-sync --hide-scrollbars --disable-background-timer-throttling --disable-renderer-backgrounding --disable-backgrounding-occluded-windows';

export function launchBrowser(): Promise<Browser> {
  return chromium.launch({ executablePath: '/usr/bin/chromium', args: flags.split(' ') });
}
