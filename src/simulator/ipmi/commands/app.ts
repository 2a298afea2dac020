import {
  GetChannelAuthenticationCapabilities,
  GetChannelCipherSuites,
  GetDeviceGuid,
  GetDeviceId,
  GetSystemGuid,
} from "#protocols/ipmi/commands.ts";
import { CompletionCode } from "#protocols/ipmi/completion-codes.ts";
import { Authentication, cipherSuite, Confidentiality, Integrity } from "#protocols/ipmi/crypto.ts";
import { privilegeLevels } from "../accounts.ts";
import type { Face } from "../context.ts";
import { refuse, responder } from "../responder.ts";
import {
  ColdReset,
  GetChannelAccess,
  GetChannelInfo,
  GetSelfTestResults,
  GetUserAccess,
  GetUserName,
  WarmReset,
} from "./extra.ts";

/** The LAN channel, and the number that means "the one this came by". */
const lanChannel = 1;
const presentChannel = 0x0e;
const noError = 0x55;
const ieee8023 = 4;
const ipmb = 1;
const ipmiForum = 7154;
/** Users 1 to 16, of which the first is the anonymous one and disabled. */
const userSlots = 16;

const isLan = (channel: number) => channel === lanChannel || channel === presentChannel;

/** Records of Get Channel Cipher Suites (IPMI 2.0 table 22-19): start byte, id, then tagged algorithms. */
function suiteRecords({ settings, faults }: Face): Uint8Array {
  const { advertisedSuites, suiteTags } = faults.session;
  const suites = (advertisedSuites ?? settings.cipherSuites).flatMap((id) => cipherSuite(id) ?? []);
  const [integrity, confidentiality] = suiteTags === "right" ? [0x40, 0x80] : [0x80, 0x40];
  const record = (suite: (typeof suites)[number]) => [
    0xc0,
    suite.id,
    Authentication[suite.authentication],
    integrity | Integrity[suite.integrity],
    confidentiality | Confidentiality[suite.confidentiality],
  ];
  return Uint8Array.from(suites.flatMap(record));
}

const toBcd = (number: number) => (Math.floor(number / 10) << 4) | (number % 10);
const guid = ({ settings }: Face) => ({ guid: Buffer.from(settings.guid, "hex") });

export const appResponders = [
  responder(GetChannelAuthenticationCapabilities, ({ channel, extended }, { face }) => {
    const { extendedRefused, kgStatusLies } = face.faults.session;
    if (!isLan(channel) || (extended && extendedRefused)) return refuse(CompletionCode.invalidField);
    return {
      channel: lanChannel,
      extended,
      oem: false,
      password: false,
      md5: false,
      md2: false,
      none: face.settings.cipherSuites.includes(0),
      kg: (face.settings.kg !== undefined) !== kgStatusLies,
      perMessageOff: false,
      userLevelOff: false,
      namedUsers: true,
      nullUsers: false,
      anonymous: false,
      ipmi20: extended,
      ipmi15: false,
      oemData: new Uint8Array(4),
    };
  }),

  responder(GetChannelCipherSuites, ({ channel, index }, { face }) => {
    if (!isLan(channel)) return refuse(CompletionCode.invalidField);
    return { channel: lanChannel, records: suiteRecords(face).subarray(index * 16, index * 16 + 16) };
  }),

  responder(GetDeviceId, (_, { face }) => {
    const { device } = face.settings;
    return {
      deviceId: 0x20,
      providesSdrs: false,
      deviceRevision: 1,
      busy: false,
      firmwareMajor: device.firmwareMajor,
      firmwareMinor: toBcd(device.firmwareMinor),
      ipmiVersion: 0x02,
      deviceSupport: 0x80, // a chassis device, and nothing more
      manufacturerId: device.manufacturerId,
      productId: device.productId,
      auxiliary: new Uint8Array(4),
    };
  }),

  responder(GetSystemGuid, (_, { face }) => guid(face)),
  responder(GetDeviceGuid, (_, { face }) => guid(face)),
  responder(GetSelfTestResults, () => ({ result: noError, detail: 0 })),

  responder(ColdReset, (_, { face }) => {
    face.restart();
    return {};
  }),
  responder(WarmReset, (_, { face }) => {
    face.restart();
    return {};
  }),

  responder(GetChannelInfo, ({ channel }, { face }) => {
    if (!isLan(channel)) return refuse(CompletionCode.invalidField);
    const active = face.sessions.open.length;
    return {
      channel: lanChannel,
      medium: ieee8023,
      protocol: ipmb,
      sessions: "multi",
      active,
      vendor: ipmiForum,
      auxiliary: 0,
    };
  }),

  responder(GetChannelAccess, ({ channel }, { face }) => {
    if (!isLan(channel)) return refuse(CompletionCode.invalidField);
    const privilege = privilegeLevels[face.settings.channelPrivilege];
    return { alertingOff: true, perMessageOff: false, userLevelOff: false, access: "always", privilege };
  }),

  responder(GetUserAccess, ({ user }, { face }) => {
    const account = face.accounts.list[user - 2];
    return {
      users: userSlots,
      enabled: face.accounts.list.length,
      fixedNames: 0,
      callbackOnly: false,
      linkAuthentication: account !== undefined,
      messaging: account !== undefined,
      privilege: account ? privilegeLevels[account.privilege] : 0x0f,
    };
  }),

  responder(GetUserName, ({ user }, { face }) => {
    const name = Buffer.alloc(16);
    name.write(face.accounts.list[user - 2]?.name ?? "");
    return { name };
  }),
];
