import { expect, test } from "vitest";
import { isMapped, systemUser, under } from "./account.ts";

const passwd = "root:x:0:0:root:/root:/bin/bash\nnobody:x:65534:65534::/:/usr/sbin/nologin\n";

test("the system user is rackhand, else postgres, else nobody", () => {
  expect(systemUser(passwd)).toEqual({ uid: 65534, gid: 65534 });
  expect(systemUser(`${passwd}postgres:x:110:120::/:/bin/sh\n`)).toEqual({ uid: 110, gid: 120 });
  expect(systemUser(`${passwd}postgres:x:110:120::/:/bin/sh\nrackhand:x:200:201::/:/bin/sh\n`)).toEqual({
    uid: 200,
    gid: 201,
  });
  expect(systemUser("root:x:0:0:root:/root:/bin/bash\n")).toBeUndefined();
});

test("a user namespace knows only the ids of its map", () => {
  const whole = "         0          0 4294967295\n";
  const onlyRoot = "         0       1000          1\n";
  expect(isMapped(whole, 110)).toBe(true);
  expect(isMapped(onlyRoot, 0)).toBe(true);
  expect(isMapped(onlyRoot, 110)).toBe(false);
  expect(isMapped(`${onlyRoot}         100     100000        100\n`, 110)).toBe(true);
});

test("programs run as they are, as the system user, or in a nested user namespace", () => {
  expect(under({ kind: "self" }, "/bin/initdb", ["-D", "x"])).toEqual(["/bin/initdb", ["-D", "x"], {}]);
  expect(under({ kind: "drop", uid: 1, gid: 2 }, "/bin/initdb", [])).toEqual(["/bin/initdb", [], { uid: 1, gid: 2 }]);
  const [program, args] = under({ kind: "nested" }, "/bin/initdb", ["-D", "x"]);
  expect([program, ...args]).toEqual([
    "unshare",
    "--user",
    "--map-user=1000",
    "--map-group=1000",
    "--",
    "/bin/initdb",
    "-D",
    "x",
  ]);
});
