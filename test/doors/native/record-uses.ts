/** Real plain resources and keys for the native door, over a store in memory. */
import { randomBytes } from "node:crypto";
import { makeKeys } from "../../../src/app/keys/keys.ts";
import { makeUserNamed } from "../../../src/app/keys/user-named.ts";
import type { Keys } from "../../../src/app/keys/keys.ts";
import { makePreviewAgent } from "../../../src/app/preview-agent.ts";
import type { PreviewAgent } from "../../../src/app/preview-agent.ts";
import { makeSignIn } from "../../../src/app/keys/sign-in.ts";
import type { SignIn } from "../../../src/app/keys/sign-in.ts";
import { noVerbatimKeys } from "../../../src/app/keys/verbatim-keys.ts";
import type { VerbatimKeys } from "../../../src/app/keys/verbatim-keys.ts";
import { makeEnvironmentProviders } from "../../../src/app/records/environment-providers.ts";
import { makeRecords } from "../../../src/app/records/records.ts";
import type { Records } from "../../../src/app/records/records.ts";
import { makeCheckTools } from "../../../src/app/tool-policies.ts";
import { makeCheckCapabilities } from "../../../src/app/capability-refs.ts";
import { makeSecrets } from "../../../src/app/secrets.ts";
import { makeSkillPort } from "../../../src/app/skills/open-skill.ts";
import { makeSkills } from "../../../src/app/skills/skills.ts";
import type { SkillRecords } from "../../../src/app/skills/skills.ts";
import { makeCapabilityReads } from "../../../src/app/list-capabilities.ts";
import type { CapabilityReads } from "../../../src/app/list-capabilities.ts";
import { makeSkillCapabilities } from "../../../src/capabilities/skills/skills.ts";
import { capabilityCatalogue } from "../../../src/capabilities/catalogue.ts";
import type { MintId } from "../../../src/core/ids.ts";
import type { Limits } from "../../../src/core/limits.ts";
import type { Clock } from "../../../src/core/ports/clock.ts";
import type { ModelLister, ProviderProbe } from "../../../src/core/ports/model.ts";
import type { Store } from "../../../src/core/ports/store.ts";
import type { Capability } from "../../../src/core/ports/tools.ts";
import { makeSecretBox } from "../../../src/lib/secret-box.ts";
import { makeMemoryBlobs } from "../../blobs/memory-blobs.ts";
import { idleDeps } from "../../capabilities/idle-deps.ts";

export interface RecordUsesDeps {
  readonly store: Store;
  readonly mint: MintId;
  readonly clock: Clock;
  readonly limits: Limits;
  readonly environment?: Readonly<Record<string, string>>;
  readonly probe?: ProviderProbe;
  readonly lister?: ModelLister;
  readonly verbatim?: VerbatimKeys;
}

export interface RecordUses extends Records {
  readonly keys: Keys;
  readonly signIn: SignIn;
  /** Those that come with the program. */
  readonly catalogue: readonly Capability[];
  readonly capabilities: CapabilityReads;
  readonly skills: SkillRecords;
  readonly previewAgent: PreviewAgent;
}

export function makeRecordUses(deps: RecordUsesDeps): RecordUses {
  const { store, mint, clock, limits } = deps;
  const random = (count: number) => randomBytes(count);
  // No tool is run here; a test that runs one opens what it needs.
  const capabilities = capabilityCatalogue(idleDeps);
  const skillDeps = { store, mint, limits, blobs: makeMemoryBlobs() };
  const ownCapabilities = makeSkillCapabilities(makeSkillPort(skillDeps));
  const records = makeRecords({
    store,
    mint,
    limits,
    randomBytes: random,
    environment: makeEnvironmentProviders(deps.environment ?? {}),
    secrets: makeSecrets({ store, box: makeSecretBox(new Uint8Array(32).fill(3)) }),
    checkCapabilities: makeCheckCapabilities(capabilities, ownCapabilities.describe),
    checkTools: makeCheckTools(capabilities, limits),
    lister: deps.lister ?? { list: () => Promise.resolve({ kind: "listed", models: [] }) },
    probe: deps.probe ?? { probe: () => Promise.resolve({ ok: true }) },
    lookup: () => Promise.resolve(["93.184.216.34"]),
    now: () => clock.now(),
    checkRepository: () => Promise.resolve({ ok: true, value: { defaultBranch: "main" } }),
    probeMcp: () => Promise.resolve({ ok: true, tools: [] }),
  });
  const onFault = (error: unknown) => {
    throw error;
  };
  const keys = makeKeys({
    store,
    mint,
    clock,
    randomBytes: random,
    verbatim: deps.verbatim ?? noVerbatimKeys,
    userNamed: makeUserNamed(records.kinds),
    onFault,
  });
  return {
    ...records,
    keys,
    signIn: makeSignIn({ store, mint, clock, randomBytes: random }),
    catalogue: capabilities,
    capabilities: makeCapabilityReads({ capabilities, ownCapabilities }),
    skills: makeSkills(skillDeps),
    previewAgent: makePreviewAgent({ records, capabilities, ownCapabilities, onFault }),
  };
}
