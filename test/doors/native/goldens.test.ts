/** Golden transcripts of the native door (D3): every example of the guide. How they are played: `guide/describe-goldens.ts`. */
import { join } from "node:path";
import { describeGoldens } from "../../guide/describe-goldens.ts";
import { examples } from "../../guide/examples.ts";

describeGoldens({ of: "the guide", examples, folder: join(import.meta.dirname, "goldens") });
