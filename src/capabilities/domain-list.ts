/** Hosts in a configuration: `example.com` is that host and every one below it, `*.example.com` only those below. */
import { z } from "zod";

import { HOST_RULE } from "../lib/fetch/host-rules.ts";

export const domainList = z
  .array(z.string().max(253).regex(HOST_RULE, "Must be a host, such as example.com or *.example.com"))
  .max(200);
