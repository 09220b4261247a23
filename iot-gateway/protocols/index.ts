// Every protocol the gateway speaks. Adding one is one file beside this and one line here.
import type { Protocol } from '../../contracts/protocol.ts';
import { ais } from './ais.ts';
import { hj212 } from './hj212.ts';
import { jt808 } from './jt808.ts';
import { mqtt } from './mqtt.ts';
import { sl651 } from './sl651.ts';
import { sta } from './sta.ts';

export const protocols: readonly Protocol[] = [ais, hj212, jt808, mqtt, sl651, sta] as readonly Protocol[];
