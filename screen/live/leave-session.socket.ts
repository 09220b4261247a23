// The way out of every desk page.
import { endSession } from './past.http.ts';
import { closeLive } from './use-live.socket.ts';

/** Logs out. The page is loaded anew, so that nothing of the old session stays in memory. */
export async function leaveSession(): Promise<void> {
  closeLive();
  await endSession();
  location.assign('/login');
}
