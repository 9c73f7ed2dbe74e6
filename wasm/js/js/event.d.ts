/** Why a run failed. At least one of the two is there. */
export interface ErrorDetail {
  /** A word for the reason, such as `generation_failed`. */
  readonly code?: string;
  /** A sentence for a person. */
  readonly message?: string;
}

/**
 * What every event has. A known optional field that was not sent, or was sent as another type, is absent. It is a frozen plain
 * object; `raw` and `members` are not enumerable, so that what logs or spreads an event leaves them out.
 */
export interface EventFields {
  /** The event's name as sent, such as `run.completed`; never empty. */
  readonly name: string;
  /** The run, a durable document; never empty. */
  readonly runId: string;
  /** The task, one execution in a run. */
  readonly taskId?: string;
  /** The agent that generated the document. */
  readonly agentName?: string;
  /** The document's format, such as `excel`. */
  readonly format?: string;
  /** The task's status, such as `completed`. */
  readonly status?: string;
  /** What was generated, in words. */
  readonly summary?: string;
  /** Where the document can be downloaded. It may carry access rights: do not log it. */
  readonly downloadUrl?: string;
  /** Where the document can be edited. It may carry access rights: do not log it. */
  readonly editUrl?: string;
  /** A sentence for a person. */
  readonly message?: string;
  /** The credits that the task used, as the nearest double. */
  readonly creditsUsed?: number;
  /** How long the task took, in whole milliseconds. */
  readonly durationMs?: number;
  /** Why the run failed. */
  readonly error?: ErrorDetail;
  /** The body's bytes as received. */
  readonly raw: Uint8Array<ArrayBuffer>;
  /**
   * Every top-level member by its name as sent, those that this version does not know included, as the JSON text that was
   * sent: numbers keep every digit until you parse it.
   */
  readonly members: Readonly<Record<string, string | undefined>>;
}

/** `run.completed`: a task ended well. */
export interface RunCompleted extends EventFields {
  readonly kind: "run_completed";
  readonly name: "run.completed";
}

/** `run.failed`: a task failed; `error` says why. */
export interface RunFailed extends EventFields {
  readonly kind: "run_failed";
  readonly name: "run.failed";
}

/** An event that this version does not know, by its `name`. Overten adds events freely, so it is no error. */
export interface OtherEvent extends EventFields {
  readonly kind: "other";
}

/** What a verified delivery says: `switch` on its `kind`. */
export type Event = RunCompleted | RunFailed | OtherEvent;

/** What one delivery is told from another by: `"task"` for a receiver that resumes runs. */
export type Scope = "run" | "task";

/**
 * The key under which an event is claimed, the same in every stack. In task scope an event without a task has the key of its
 * body.
 *
 * @throws {TypeError} for what is no event of this package itself, such as a copy; for a proxy of one where the body is needed.
 */
export declare function idempotencyKey(event: Event, scope?: Scope): string;
