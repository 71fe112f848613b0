// Gets the text of a file: says how far it is, stops when another file is chosen, tells refusals apart.

/** Text above this is not shown, only offered for download. 50 MB. */
export const TEXT_LIMIT = 50_000_000;
/** The server's whole answer, quotes and all, while a file has not arrived. */
const NOT_UPLOADED = '"File not yet uploaded"';

export type Refusal = "not-uploaded" | "gone" | "forbidden" | "too-large" | "failed";

/** Why there is no text to show. */
export class Refused extends Error {
  constructor(readonly reason: Refusal) {
    super(reason);
  }
}

/**
 * @param onProgress  bytes so far
 * @throws Refused, or an AbortError when `signal` says so
 */
export async function textOf(url: string, signal: AbortSignal, onProgress: (bytes: number) => void): Promise<string> {
  const response = await answered(url, signal);
  const bytes = await bytesOf(response, onProgress);
  const text = decoded(bytes);
  if (isJson(response) && text.trim() === NOT_UPLOADED) throw new Refused("not-uploaded");
  return text;
}

/** Finds out why something that the browser loads by itself would not come; returns if it would. */
export async function probe(url: string, signal: AbortSignal): Promise<void> {
  const response = await answered(url, signal);
  if (isJson(response)) {
    const text = await response.text();
    if (text.trim() === NOT_UPLOADED) throw new Refused("not-uploaded");
  } else {
    await response.body?.cancel();
  }
}

const isJson = (response: Response): boolean =>
  response.headers.get("Content-Type")?.startsWith("application/json") ?? false;

async function answered(url: string, signal: AbortSignal): Promise<Response> {
  let response: Response;
  try {
    response = await fetch(url, { signal, credentials: "same-origin" });
  } catch (error) {
    if (signal.aborted) throw error;
    throw new Refused("failed");
  }
  if (response.status === 404 || response.status === 410) throw new Refused("gone");
  if (response.status === 403) throw new Refused("forbidden");
  if (!response.ok) throw new Refused("failed");
  return response;
}

async function bytesOf(response: Response, onProgress: (bytes: number) => void): Promise<Uint8Array> {
  const reader = response.body?.getReader();
  const parts: Uint8Array[] = [];
  let length = 0;
  while (reader) {
    const { done, value } = await reader.read();
    if (done) break;
    parts.push(value);
    length += value.length;
    if (length > TEXT_LIMIT) {
      await reader.cancel();
      throw new Refused("too-large");
    }
    onProgress(length);
  }
  const all = new Uint8Array(length);
  let at = 0;
  for (const part of parts) {
    all.set(part, at);
    at += part.length;
  }
  return all;
}

/** UTF-8 without its mark; what is not UTF-8 is taken for what Windows programs write. */
function decoded(bytes: Uint8Array): string {
  try {
    return new TextDecoder("utf-8", { fatal: true }).decode(bytes);
  } catch {
    return new TextDecoder("windows-1252").decode(bytes);
  }
}
