export default function Page() {
  return <p>Deliveries go to /webhooks/overten.</p>;
}
