declare module "virtual:samples" {
  const samples: import("./samples.ts").Sample[];
  export default samples;
}
