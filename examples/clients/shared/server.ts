import { createClient as createStreams } from "graphql-sse";
import { createClient as createSocket } from "graphql-ws";

/** Where Dialboard is, and the key of a project. In a browser, let your own server sign users in, and hand them keys of the role VIEWER. */
export const url = process.env["DIALBOARD_URL"] ?? "http://127.0.0.1:8000/graphql";
const apiKey = process.env["DIALBOARD_KEY"] ?? "";
export const headers = { "X-API-Key": apiKey };

/** A WebSocket for subscriptions, opened when the first one begins. A browser sets no headers on it, so the key goes with the first message. */
export const openSocket = () => createSocket({ url: url.replace(/^http/, "ws"), connectionParams: { apiKey } });

/** The same without a WebSocket: server-sent events, one request for each subscription. */
export const openStreams = () => createStreams({ url, headers });
