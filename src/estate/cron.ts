export interface Cron {
  minute: readonly number[];
}
export function parseCron(text: string): Cron | { error: string } {
  return text ? { minute: [] } : { error: "" };
}
