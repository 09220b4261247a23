// Emergency vehicles: position, speed (m/s) and bearing (°) as they drive. Restricted: who is where is not for everybody.
import { defineStream } from '../../contracts/stream.ts';

export const vehiclePosition = defineStream({
  id: 'vehicle-position',
  theme: 'emergency',
  title: { zh: '应急车辆位置', en: 'Emergency vehicle positions' },
  provider: { department: 'emergency', zh: '省应急管理厅' },
  sharing: 'conditional',
  kind: 'state',
  // JT/T 808 default report interval of a moving vehicle.
  periodSeconds: 30,
  staleAfterSeconds: 120,
  headline: 'speed/instant/value',
  quality: {
    // 60 m/s is 216 km/h; 12 m/s² is beyond hard braking. A parked vehicle stands still: no stuck check.
    'speed/instant/value': {
      range: [0, 60],
      ratePerSecond: 12,
      // Two channels of one terminal: GNSS and the driving recorder (JT/T 808 附加信息 03). 2 m/s is the lag of a second of braking. Our setting.
      pair: { with: 'recorder-speed/instant/value', relation: 'equal', withinSeconds: 5, absolute: 2, relative: 0.1 },
    },
    'recorder-speed/instant/value': { range: [0, 60] },
    'bearing/instant/value': { range: [0, 360] },
  },
  thresholds: [],
});
