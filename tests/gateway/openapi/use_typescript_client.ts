// A script on top of the types that openapi-typescript made: run with an address and a token, it prints JSON.
import createClient from "openapi-fetch";
import type { components, paths } from "./generated.js";

type Job = components["schemas"]["Job"];
type Wish = components["schemas"]["GenerateRequest"];
const PATIENCE = 60_000; // milliseconds

const [address, token] = process.argv.slice(2) as [string, string];
const api = createClient<paths>({ baseUrl: address, headers: { Authorization: `Bearer ${token}` } });

function found<Data, Fault>(answer: { data?: Data; error?: Fault; response: Response }): Data {
  if (answer.data === undefined) throw new Error(`${answer.response.status}: ${JSON.stringify(answer.error)}`);
  return answer.data;
}

async function wait(id: string): Promise<Job> {
  for (const until = Date.now() + PATIENCE; Date.now() < until; ) {
    const path = { job_id: id };
    const { job } = found(await api.GET("/api/v1/video-studio/status/{job_id}/", { params: { path } }));
    if (job.status === "completed" || job.status === "failed") return job;
    await new Promise((resolve) => setTimeout(resolve, 300));
  }
  throw new Error("The job does not end.");
}

const body: Wish = { model_slug: "veo31_fast", prompt: "[sandbox:fail] a storm", duration_seconds: 8, sound: true };
const params = { header: { "Idempotency-Key": "typescript-1" } };
const { models } = found(await api.GET("/api/v1/models/video/"));
const quote = found(await api.POST("/api/v1/video-studio/quote/", { body }));
const accepted = found(await api.POST("/api/v1/video-studio/generate/", { params, body }));
const again = found(await api.POST("/api/v1/video-studio/generate/", { params, body }));
const job = await wait(accepted.job_ids[0]!);
const history = found(await api.GET("/api/v1/video-studio/history/", { params: { query: { limit: 1 } } }));
const before = { query: { before: job.job_id } };
const older = found(await api.GET("/api/v1/video-studio/history/", { params: before }));
const wrong = { ...body, duration_seconds: 5 };
const refused = await api.POST("/api/v1/video-studio/generate/", { body: wrong });
const dear: Wish = { ...body, model_slug: "kling_3_0", duration_seconds: 5, quality_mode: "pro" };
const short = await api.POST("/api/v1/video-studio/generate/", { body: dear });
if (!refused.error || !short.error) throw new Error("It was not refused.");
if (!("credits_required" in short.error)) throw new Error("It tells no credits.");

console.log(
  JSON.stringify({
    models: models.map((model) => model.model_slug),
    quoted: [quote.credits, quote.basis],
    warned: accepted.warnings.map((warning) => warning.field),
    same: again.job_ids[0] === accepted.job_ids[0],
    job: accepted.job_ids[0],
    ended: [job.status, job.created_at.endsWith("+00:00"), job.completed_at !== null],
    history: history.jobs.map((one) => one.job_id),
    older: older.jobs.map((one) => one.job_id),
    refused: [refused.error.error, refused.error.errors?.map((detail) => detail.field)],
    short: [short.error.error, short.error.credits_required, short.error.credits_available],
  }),
);
