/** What health-path answers (pure): as /readyz of the metrics listener, and from no worker. */
import type { FileResponse } from '../files/answer.ts';

/** `reason`: why no client should be sent here; '' where they may. */
export function healthResponse(reason: string): FileResponse {
  const isReady = reason === '';
  const text = `${JSON.stringify({ ready: isReady, ...(isReady ? {} : { reason }) })}\n`;
  const length = String(text.length);
  const headers = ['Content-Type', 'application/json', 'Cache-Control', 'no-store'];
  return {
    status: isReady ? 200 : 503,
    headers: [...headers, 'Content-Length', length],
    part: undefined,
    text,
  };
}
