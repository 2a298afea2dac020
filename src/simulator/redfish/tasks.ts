import { keyOf, type Resource } from "./json.ts";
import { notFound, type Reply } from "./refusal.ts";
import type { Living, Service } from "./service.ts";

interface Task {
  id: string;
  /** Where its owner was told to look. */
  monitor: string;
  path: string;
  name: string;
  begun: number;
  started: string;
  /** When nothing but time ends it. */
  lasts: number;
  /** Requests for it that are still to be answered 404. */
  late: number;
  ended: boolean;
}

/** Words of the life of a task, by the share of its time that has passed. */
const stages: readonly (readonly [until: number, state: string])[] = [
  [0.2, "New"],
  [0.4, "Starting"],
  [1, "Running"],
];

/** TaskService, TaskMonitors and iDRAC's jobs: what was done already is shown as if it took a while. */
export class Tasks implements Living {
  readonly #service: Service;
  readonly #tasks: Task[] = [];

  constructor(service: Service) {
    this.#service = service;
  }

  /** Begins a task and gives the answer that tells of it. `waits`: it ends only through {@link Tasks.release}. */
  begin(name: string, waits = false): Reply {
    const { faults } = this.#service;
    const task = this.#new(name, waits ? Number.POSITIVE_INFINITY : faults.tasks.lasts);
    this.#tasks.push(task);
    const places = { task: task.path, monitor: task.monitor, job: task.path, missing: undefined };
    const location = places[faults.tasks.location];
    const body = faults.tasks.location === "monitor" ? {} : this.#resource(task);
    return { status: 202, headers: location === undefined ? {} : { Location: location }, body };
  }

  /** Ends the tasks that waited for a boot. */
  release(): void {
    for (const task of this.#tasks.filter(({ lasts }) => lasts === Number.POSITIVE_INFINITY)) task.ended = true;
  }

  view(key: string, body: Resource | undefined): Resource | undefined {
    const { tree } = this.#service;
    if (key === keyOf(tree.taskService)) return body ?? this.#serviceResource();
    if (key === keyOf(tree.tasks)) return this.#collection(body);
    const task = this.#tasks.find((one) => keyOf(one.path) === key || keyOf(one.monitor) === key);
    if (!task) return body;
    if (task.late > 0 && task.late--) throw notFound(key);
    if (this.#service.faults.tasks.vanishes && this.#state(task) !== "Running" && this.#share(task) >= 1)
      throw notFound(key);
    return this.#resource(task);
  }

  /** A monitor is answered 202 as long as its task runs. */
  statusOf(key: string): number {
    const task = this.#tasks.find((one) => keyOf(one.monitor) === key);
    return task && this.#share(task) < 1 ? 202 : 200;
  }

  #new(name: string, lasts: number): Task {
    const { tree, clock, faults } = this.#service;
    const number = this.#tasks.length + 1;
    const id = faults.tasks.location === "job" ? `JID_${String(404_040_404_000 + number)}` : String(number);
    const jobs = tree.managers.map((path) => `${path}/Jobs`)[0] ?? tree.tasks;
    return {
      id,
      name,
      path: faults.tasks.location === "job" ? `${jobs}/${id}` : `${tree.tasks}/${id}`,
      monitor: `${tree.taskService}/TaskMonitors/${id}`,
      begun: clock.monotonic(),
      started: new Date(clock.now()).toISOString(),
      lasts,
      late: faults.tasks.lateBy,
      ended: false,
    };
  }

  /** 0 to 1 while it runs. */
  #share(task: Task): number {
    if (task.ended) return 1;
    if (this.#service.faults.tasks.ends === "never") return 0.5;
    return (this.#service.clock.monotonic() - task.begun) / Math.max(1, task.lasts);
  }

  #state(task: Task): string {
    const share = this.#share(task);
    if (task.lasts === Number.POSITIVE_INFINITY && !task.ended) return "Scheduled";
    const { ends } = this.#service.faults.tasks;
    return stages.find(([until]) => share < until)?.[1] ?? (ends === "never" ? "Running" : ends);
  }

  #resource(task: Task): Resource {
    const state = this.#state(task);
    const done = this.#share(task) >= 1;
    const { clock, faults } = this.#service;
    const odd = faults.tasks.oddProperties;
    const end = done ? new Date(clock.now()).toISOString() : odd ? "TIME_NA" : undefined;
    const status =
      state === "Exception" || state === "Killed" ? "Critical" : state.endsWith("Errors") ? "Warning" : "OK";
    const message = { Message: `${task.name}: ${state}`, MessageId: done ? "Base.1.8.Success" : "" };
    const common = {
      "@odata.id": task.path,
      Id: task.id,
      Name: task.name,
      PercentComplete: done ? 100 : Math.floor(this.#share(task) * 100),
    };
    if (faults.tasks.location === "job")
      return {
        ...common,
        "@odata.type": "#DellJob.v1_0_2.DellJob",
        JobState: state,
        StartTime: task.started,
        EndTime: end ?? null,
        Message: message.Message,
        MessageId: "PR19",
        ...(odd ? { MessageID: "PR19" } : {}),
      };
    return {
      ...common,
      "@odata.type": "#Task.v1_4_3.Task",
      TaskState: state,
      TaskStatus: status,
      StartTime: task.started,
      ...(end === undefined ? {} : { EndTime: end }),
      TaskMonitor: task.monitor,
      Messages: [odd ? { ...message, MessageID: message.MessageId } : message],
    };
  }

  #collection(body: Resource | undefined): Resource {
    const { tree } = this.#service;
    const alive = this.#tasks.filter((task) => task.path.startsWith(tree.tasks));
    const all = alive.map(({ path }) => ({ "@odata.id": path }));
    return {
      "@odata.id": tree.tasks,
      Name: "Task Collection",
      ...body,
      Members: all,
      "Members@odata.count": all.length,
    };
  }

  #serviceResource(): Resource {
    const { tree } = this.#service;
    const fixed = {
      "@odata.id": tree.taskService,
      "@odata.type": "#TaskService.v1_0_0.TaskService",
      Id: "TaskService",
    };
    return { ...fixed, Name: "Task Service", ServiceEnabled: true, Tasks: { "@odata.id": tree.tasks } };
  }
}
