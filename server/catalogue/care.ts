// Which layers somebody looks after, as conditions that the database can hold: applications, keys and their use are told to these people.
import { type Department, departments, type Identity } from '../../contracts/access.ts';
import { isApprover, isSteward } from '../../contracts/layer-life.ts';
import { layersById } from '../../geo-services/one-map/index.ts';

export interface Care {
  /** Also what names no layer, or one that is gone. */
  readonly everything: boolean;
  readonly departments: readonly Department[];
  /** Declared layers of these departments, which stand in no table. */
  readonly declared: readonly string[];
}
export function careOf(identity: Identity): Care {
  const own = departments.filter((department) => isSteward(identity, department));
  return {
    everything: isApprover(identity),
    departments: own,
    declared: [...layersById().values()].filter(({ department }) => own.includes(department)).map(({ id }) => id),
  };
}

/** SQL: whether the layer named by `column` is looked after. Takes three values in the order of `careValues`, from number `first` on. */
export function careClause(column: string, first: number): string {
  return `($${first}::boolean OR ${column} = ANY($${first + 1}::text[])
    OR EXISTS (SELECT FROM layer AS cared WHERE cared.id = ${column} AND cared.department = ANY($${first + 2}::text[])))`;
}
export const careValues = (care: Care): readonly unknown[] => [care.everything, [...care.declared], [...care.departments]];
