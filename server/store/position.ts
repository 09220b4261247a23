// What can be a position of a Thing of this province, and what is likely wrong with one that cannot.
import { insideBBox, LIAONING_BBOX, type LngLat } from '../../contracts/geo.ts';
import { Problem } from '../../contracts/problem.ts';

/** Refuses what cannot be a position of this province, and says what is likely wrong. @throws Problem bad-position */
export function checkPosition(position: LngLat): void {
  const [lng, lat] = position;
  if (!Number.isFinite(lng) || !Number.isFinite(lat)) throw new Problem('bad-position', { reason: '经纬度不是数字' });
  if (insideBBox(position, LIAONING_BBOX)) return;
  if (insideBBox([lat, lng], LIAONING_BBOX))
    throw new Problem('bad-position', { reason: `经度 ${lng}、纬度 ${lat} 对调了，应为 [${lat}, ${lng}]` });
  if (Math.abs(lng) > 180 || Math.abs(lat) > 90) throw new Problem('bad-position', { reason: `经度 ${lng} 或纬度 ${lat} 超出范围` });
  throw new Problem('bad-position', { reason: `[${lng}, ${lat}] 落在辽宁范围 ${LIAONING_BBOX.join(' ')} 之外` });
}
