// A subscription's life through the official Node SDK; prints what it saw, one JSON object.
import { createRequire } from "node:module";
import http from "node:http";

const [modules, base] = process.argv.slice(2);
const Stripe = createRequire(`${modules}/`)("stripe");
const { hostname, port } = new URL(base);
const stripe = new (Stripe.default ?? Stripe)("sk_test_node", { host: hostname, port: Number(port), protocol: "http", maxNetworkRetries: 0 });

const events = [];
let secret;
const endpoint = http.createServer((request, response) => {
  const parts = [];
  request.on("data", (part) => parts.push(part));
  request.on("end", () => {
    events.push(stripe.webhooks.constructEvent(Buffer.concat(parts), request.headers["stripe-signature"], secret).type);
    response.writeHead(200).end();
  });
});
await new Promise((resolve) => endpoint.listen(0, "127.0.0.1", resolve));

const hook = await stripe.webhookEndpoints.create({ url: `http://127.0.0.1:${endpoint.address().port}/hook`, enabled_events: ["*"] });
secret = hook.secret;
const card = { payment_method: "pm_card_visa", invoice_settings: { default_payment_method: "pm_card_visa" } };
const customer = await stripe.customers.create(card);
const product = await stripe.products.create({ name: "Gold" });
const price = await stripe.prices.create({ product: product.id, currency: "usd", unit_amount: 1500, recurring: { interval: "month" } });
const subscription = await stripe.subscriptions.create({ customer: customer.id, items: [{ price: price.id }], expand: ["latest_invoice"] });
const item = subscription.items.data[0].id;
await stripe.subscriptions.update(subscription.id, { items: [{ id: item, quantity: 3 }], proration_behavior: "always_invoice" });
const canceled = await stripe.subscriptions.cancel(subscription.id);
let declined;
try {
  await stripe.paymentIntents.create({ amount: 900, currency: "usd", payment_method: "pm_card_chargeDeclined", confirm: true, return_url: "https://a.example" });
} catch (error) {
  declined = error.code;
}
const until = Date.now() + 15000;
while (!events.includes("customer.subscription.deleted") && Date.now() < until) await new Promise((resolve) => setTimeout(resolve, 10));
console.log(JSON.stringify({ status: subscription.status, paid: subscription.latest_invoice.amount_paid, canceled: canceled.status, declined, events }));
process.exit(0);
