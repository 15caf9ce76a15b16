/** The way in for messages of tests that are about something else: they hold no images, and any model they name is there. */
import type { Images } from "../../src/app/images/images.ts";
import type { MessageIntakeDeps } from "../../src/app/message-intake.ts";
import { accept, refuse } from "../../src/core/refusal.ts";

export type Intake = Pick<MessageIntakeDeps, "modelOf"> & { readonly images: Pick<Images, "admit" | "forget"> };

export const noImages: Intake = {
  images: {
    admit: ({ content }) => {
      const keep = () => Promise.resolve(accept(null));
      return Promise.resolve(accept({ content, keep, discard: () => Promise.resolve() }));
    },
    forget: () => Promise.resolve(),
  },
  modelOf: () => Promise.resolve(refuse({ code: "not_found", kind: "agent", id: "none" })),
};
