/** Says on a terminal that something is being done and for how long. Owns one timer while it is shown. */
import { formatMs } from "./figures.ts";
import type { Screen } from "./screen.ts";
import { cutText } from "./text-width.ts";

const FRAMES = ["⠋", "⠙", "⠹", "⠸", "⠼", "⠴", "⠦", "⠧", "⠇", "⠏"] as const;
const FRAME_MS = 100;
/** What takes less needs no clock. */
const SHOW_TIME_MS = 2_000;

export interface Spinner {
  start(words: string): void;
  /** Away while something is written; comes back with the next beat of what was started. */
  hide(): void;
  show(): void;
  stop(): void;
}

export function makeSpinner(screen: Screen, now: () => number): Spinner {
  let words = "";
  let since = 0;
  let beat = 0;
  let timer: NodeJS.Timeout | null = null;
  const draw = () => {
    const elapsedMs = now() - since;
    const time = elapsedMs < SHOW_TIME_MS ? "" : `  ${formatMs(Math.floor(elapsedMs / 1_000) * 1_000)}`;
    const frame = FRAMES[beat++ % FRAMES.length] ?? "";
    // One row and no more: only that much can be taken away again.
    screen.live(screen.paintNote("dim", cutText(`${frame} ${words}${time}`, (screen.columns ?? 80) - 1)));
  };
  const hide = () => {
    if (timer !== null) clearInterval(timer);
    timer = null;
    screen.live(null);
  };
  const show = () => {
    if (!screen.isTerminal || words === "" || timer !== null) return;
    timer = setInterval(draw, FRAME_MS);
    draw();
  };
  return {
    start(next) {
      hide();
      words = next;
      since = now();
      show();
    },
    hide,
    show,
    stop() {
      hide();
      words = "";
    },
  };
}
