import { it } from 'vitest';
import { chromium } from 'playwright-core';
import { writeFileSync } from 'node:fs';
import { testDatabase } from '../../tests/database.pg.ts';
import { serveOneMap } from '../../tests/one-map.http.ts';
it('x', async () => {
  const t = await testDatabase(); const door = serveOneMap(t);
  const b = await chromium.launch({ executablePath: '/usr/bin/chromium', args: ['--no-sandbox','--disable-gpu','--enable-unsafe-swiftshader','--force-color-profile=srgb','--hide-scrollbars'] });
  const p = await b.newPage({ viewport: { width: 1280, height: 720 } });
  for (const [n, path] of [['q','collections/rivers/schema'],['s','styles'],['ls','collections/rivers/styles'],['m','styles/wall/metadata'],['l','collections/rivers/styles/default/legend'],['c','collections']] as const) {
    const { text } = await door.as('province', `/ogc/${path}?f=html${n==='c'?'&limit=4&offset=2':''}`);
    await p.setContent(text); await p.screenshot({ path: `/tmp/zz-${n}.png` });
  }
  await p.setContent((await door.as('province','/ogc/collections/rivers/styles/default/legend.svg')).body.toString()); await p.screenshot({ path: `/tmp/zz-svg.png`, clip: {x:0,y:0,width:320,height:80} });
  await b.close(); door.close(); await t.drop();
}, 90000);
