// What turns a match of a family's pattern into a labelled hit, one reader a family. The counterpart of faultbook/recognise/families.
// Each takes the match, the published names, the tools and what its family fixes; it answers a hit, or null where the match is none.

import { around, end, startOf } from "./patterns.js";

export const hit = (code, family, start, stop, form, weight) => ({ code, family, start, end: stop, form, weight });
export const formAfter = (text, at, tools) => (tools.patterns.family.MESSAGE.match(text, at) ? "message" : "bare");
const field = (found, family, weight) => hit(found.groups.code, family, startOf(found, "code"), startOf(found, "code") + found.groups.code.length, "field", weight);
const led = (found, code, family, weight, tools) => hit(code, family, found.index, end(found), formAfter(found.input, end(found), tools), weight);
const digitsOf = (text) => text.replace(/\D/gu, "");
const formOfNumber = (found, { patterns: { identity: { ANNOUNCED, SET_OFF } } }) => {
  const announced = ANNOUNCED.search(around(found, 16, -found[0].length));
  if (announced && /[:=]/u.test(announced[0])) return "field";
  return announced && SET_OFF.match(found.input.slice(end(found), end(found) + 4), 0) ? "message" : "bare";
};
const EVENT = { passwordreset: ["PasswordReset", "password-writeback", 65], adsync: ["ADSync", "entra-connect", 58],
  "directory synchronization": ["ADSync", "entra-connect", 58], dcagent: ["PasswordProtection", "password-protection", 65],
  "security-auditing": ["WinSec", "windows-security", 65], "report server": ["ReportServer", "report-server", 65] };
const UMBRELLA = new Set(["DM_GWPipeline_Gateway_MashupDataAccessError", "DM_GWPipeline_UnknownError", "ModelRefresh_ShortMessage_ProcessingError"]);

export const READERS = {
  whole: (found, _, tools, { name, weight }) => {
    const start = startOf(found, "code");
    const stop = start + found.groups.code.length;
    return hit(found.groups.code, name, start, stop, formAfter(found.input, stop, tools), weight);
  },
  whole_field: (found, _, tools, { name, weight }) => field(found, name, weight),

  entra(found, names, tools) {
    const digits = digitsOf(found.groups.digits);
    if (found.groups.split && !names.known.has(`AADSTS${digits}`)) {
      const first = found.groups.digits.split(/\D/u)[0];
      return first.length >= 5 ? hit(`AADSTS${first}`, "entra", found.index, end(found) - found.groups.split.length, "bare", 90) : null;
    }
    return digits.length < 5 || digits.length > 7 ? null : led(found, `AADSTS${digits}`, "entra", 90, tools);
  },
  b2c: (found, _, tools) => led(found, `AADB2C${found.groups.digits}`, "entra-b2c", 90, tools),
  sspr: (found, _, tools) => led(found, `SSPR_${String(parseInt(found.groups.digits, 10)).padStart(4, "0")}`, "sspr", 90, tools),
  hresult(found, names, tools) {
    const group = found.groups;
    const printed = group.bail ?? group.provider;
    const code = `0x${(group.engine ?? printed ?? group.digits).toLowerCase()}`;
    const { ENGINE, OF_WINDOWS, WRITEBACK } = tools.patterns.identity;
    const engine = group.engine || printed;
    const words = around(found, 300, 300);
    if (OF_WINDOWS.match(code) && !(engine && (ENGINE.search(words) || WRITEBACK.search(words)))) return null;
    if (engine) return hit(code, "hresult", printed ? end(found) - printed.length : found.index, end(found), "field", 62);
    if (!/^0x(?:8023|c11)/u.test(code) && !names.known.has(code)) return null;
    let form = formOfNumber(found, tools);
    if (form === "bare" && ENGINE.search(words)) form = "field";
    return hit(code, "hresult", found.index, end(found), form, 62);
  },
  broker(found, names, tools) {
    const { prefix, digits, signed, unsigned } = found.groups;
    const printed = signed ?? unsigned;
    const code = printed ? `0x${(Number(printed) >>> 0).toString(16).padStart(8, "0")}` : `0xcaa${digits.toLowerCase()}`;
    if (!names.known.has(code) && !prefix) return null;
    if (printed) return hit(code, "broker", found.index, end(found), "field", 50);
    let form = formOfNumber(found, tools);
    if (form === "bare") form = formAfter(found.input, end(found), tools);
    return hit(code, "broker", found.index, end(found), form, 50);
  },
  event(found, names, tools) {
    const group = found.groups;
    const { PROSE, ENGINE_OF_SYNC, WRITEBACK } = tools.patterns.identity;
    const first = (letter) => Object.entries(group).find(([key, value]) => key.startsWith(letter) && value)?.[1];
    const number = first("n");
    let provider = (first("p") ?? "passwordreset").toLowerCase();
    if (group.n7 && (!names.events.has(`${group.n7} ${group.title}`) || PROSE.match(found.input, end(found)))) return null;
    if (group.n9) {
      if (!names.known.has(`ADSync:${group.n9}`) || !ENGINE_OF_SYNC.search(around(found, 200, 800))) return null;
      provider = "adsync";
    }
    if (group.n5 && !WRITEBACK.search(around(found, 800, 1500))) return null;
    const [prefix, name, weight] = Object.entries(EVENT).find(([key]) => provider.includes(key))[1];
    const code = `${prefix}:${number}`;
    if (prefix === "WinSec") {
      if (!["4723", "4724"].includes(number) || !/audit[ _]?failure|0x8010000000000000/iu.test(around(found, 400, 600))) return null;
    } else if (names.normal.has(code) || (!names.known.has(code) && prefix !== "PasswordReset")) return null;
    return hit(code, name, found.index, end(found), "field", weight);
  },
  pass_through: (found) => hit(`PTA:${found.groups.digits}`, "pass-through", found.index, end(found), "field", 60),

  power_bi(found, _, tools) {
    const { code } = found.groups;
    if (code.startsWith("DM_ErrorDetail") || code.endsWith("_") || "DM_ErrorDetail".startsWith(code)) return null;
    const before = around(found, 3, -code.length);
    const form = ['"', "'"].includes(before.slice(-1)) && before.includes(":") ? "field" : formAfter(found.input, end(found), tools);
    return hit(code, "power-bi", found.index, end(found), form, UMBRELLA.has(code) ? 45 : 55);
  },
  service_field(found, names, tools) {
    const { code, loose, said, request } = found.groups;
    const { SERVICE, TWO_HUMPS, HUMPS } = tools.patterns.services;
    const named = names.service.has(code);
    let sure = true;
    if (loose === undefined) sure = true;
    else if (said !== undefined) sure = named && Boolean(SERVICE.search(around(found, 600, 600)));
    else if (request !== undefined || around(found, 0, 600).includes('"requestId"')) sure = named || Boolean(HUMPS.whole(code));
    else sure = (named && HUMPS.whole(code)) || (TWO_HUMPS.whole(code) && SERVICE.search(around(found, 1200, 1200)));
    const start = end(found) - code.length;
    return sure ? hit(code, "power-bi", start, end(found), "field", 50) : null;
  },
  mashup: (found) => hit(`Microsoft.Data.Mashup.ErrorCode=${found.groups.number}`, "power-bi", found.index, end(found), "field", 48),
  report(found) {
    const { code, alone } = found.groups;
    const at = found.index + (code === undefined ? 0 : 1);
    const named = code ?? alone;
    return hit(named, "power-bi", at, at + named.length, "field", named === "rsProcessingAborted" ? 45 : 50);
  },
  sap_hana: (found) => hit(`SapHana:${found.groups.number}`, "power-bi", end(found) - found.groups.number.length, end(found), "field", 40),
  pipeline_name(found, names) {
    const { code, type } = found.groups;
    return names.pipeline.has(code) || type || code.startsWith("UserError") ? field(found, "data-factory", 70) : null;
  },
  pipeline_number(found, _, tools) {
    const { json, portal, line, last } = found.groups;
    if (json && !tools.patterns.services.ACTIVITY.search(around(found, 1000, 4000))) return null;
    return hit(`ADF:${json ?? portal ?? line ?? last}`, "data-factory", found.index, end(found), "field", 20);
  },
  announced: (found, _, tools) => (tools.patterns.services.ITEMS.search(around(found, 600, 600)) ? field(found, "fabric", 50) : null),
  data_flow(found, _, tools) {
    const code = found.groups.code.replace(/-+$/u, "");
    const before = around(found, 4, -found.groups.code.length);
    let form = ['"', "=", "'"].includes(before.slice(-1)) ? "field" : formAfter(found.input, end(found), tools);
    if (form === "bare" && /^(?: at [\p{L}\p{N}_]| ')/u.test(found.input.slice(end(found), end(found) + 6))) form = "message";
    return hit(code, "data-factory", found.index, found.index + code.length, form, 80);
  },

  condition(found, names, tools) {
    const { code, thrown } = found.groups;
    const { CLUSTER, STATE } = tools.patterns.data;
    const start = end(found) - code.length;
    const stop = end(found);
    if (names.normal.has(code)) return null;
    const tail = found.input.slice(stop, stop + 4000);
    const stated = Boolean(STATE.match(tail));
    const single = !/[_.]/u.test(code);
    const published = names.cluster.has(code) || names.cluster.has(code.split(".")[0]);
    const raised = Boolean(thrown) && !single && Boolean(CLUSTER.search(around(found, 1200, 1200)));
    if ((single || !published) && !stated && !raised) return null;
    return hit(code, "spark", start, stop, /^\]:?\s{1,4}(?=["'`(<\/]?[\p{L}\p{N}_])/u.test(tail.slice(0, 8)) ? "message" : "bare", 82);
  },
  spoken(found, names, tools) {
    const { code } = found.groups;
    const { CLUSTER, FAILING } = tools.patterns.data;
    if (names.normal.has(code)) return null;
    if (!names.cluster.has(code) && !(FAILING.match(code) && CLUSTER.search(around(found, 600, 600)))) return null;
    return { ...field(found, "databricks", 80), form: "message" };
  },
  databricks_field(found, names) {
    const { code } = found.groups;
    return names.normal.has(code) || (!code.includes("_") && !names.cluster.has(code)) ? null : field(found, "databricks", 80);
  },
  answered: (found, names) => (names.cluster.has(found.groups.code) ? field(found, "databricks", 80) : null),
  sdk(found, names) {
    const code = found.groups.name.replace(/(?<=[a-z])(?=[A-Z])/gu, "_").toUpperCase();
    return names.cluster.has(code) ? hit(code, "databricks", end(found) - found.groups.name.length, end(found), "field", 79) : null;
  },
  ended(found, names, tools) {
    const { code } = found.groups;
    if (names.normal.has(code) || !names.cluster.has(code) || !tools.patterns.data.FAILS.search(around(found, 200, 0))) return null;
    return field(found, "databricks", 78);
  },
  cloud_field: (found) => field(found, "databricks", 40),
  conflict: (found) => ({ ...field(found, "spark", 78), form: found.groups.message ? "message" : "bare" }),
  snowflake(found, names, tools) {
    const { digits, state, jdbc, short, client, colon, field: named, json, node, vendor, go, pool, python } = found.groups;
    const make = (code, weight) => hit(code, "snowflake", found.index, end(found), "field", weight);
    if (digits) {
      if (names.normal.has(digits)) return null;
      const stated = state === "None" || tools.sqlClasses.some((start) => state.startsWith(start));
      return stated || names.known.has(digits) ? make(digits, 80) : null;
    }
    if (jdbc || short || client || pool) return make((jdbc ?? short ?? client ?? pool).padStart(6, "0"), 78);
    const low = go ?? python; // messages that begin with a small letter
    if (low) return names.known.has(low) ? make(low, 76) : null;
    const code = colon ?? named ?? json ?? node ?? vendor;
    if (names.normal.has(code)) return null;
    const { OWN_NAME, FAILS } = tools.patterns.data;
    const spoken = colon?.startsWith("4") ? OWN_NAME : FAILS; // such numbers are other programs' too
    return !vendor && !names.known.has(code) && !spoken.search(around(found, 200, 60)) ? null : make(code, 76);
  },
  snowflake_term: (found) => hit(found.groups.digits, "snowflake", found.index, end(found), "field", 76),
  snowpark: (found) => hit(found.groups.digits.padStart(6, "0"), "snowflake", found.index, end(found), "field", 60),
  sql_number: (found) => hit(`SqlErrorNumber=${found.slice(1).find(Boolean)}`, "sql-server", found.index, end(found), "field", 60),
  driver: (found, names) => (names.known.has(found.groups.code) ? field(found, "sql-server-driver", 35) : null),
  dbt: (found) => hit(`dbt:${found.groups.announced ?? found.groups.kind} Error`, "dbt", found.index, end(found), "field", 30),
  dbt_event(found, names) {
    const code = `dbt:${found.groups.code}`;
    if (names.normal.has(code) || !names.known.has(code)) return null;
    return hit(code, "dbt", found.index, end(found), "field", names.warnings.has(code) ? 5 : 10);
  },
};
