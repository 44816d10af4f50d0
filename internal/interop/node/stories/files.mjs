// Requests whose answers come as events.
import { websiteID } from "./shared.mjs";

export default async function ({ website, step }) {
  const { bucket, media } = website("user");
  const file = { name: "fern.png", type: "image/png" };
  await step("address to upload to", () =>
    bucket.generateBucketURL({ namespace: "upload", id: "1", file, resource: { type: "website", id: websiteID } }));
  await step("for nothing that there is", () => bucket.generateBucketURL({ namespace: "nothing", id: "1", file }));
  await step("animations", () => media.listAnimationMedias(1, 7, "fern"));
  await step("animations without a number", () => media.listAnimationMedias(1));
}
