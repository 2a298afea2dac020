/** IANA enterprise numbers that Get Device ID carries, for those who make controllers or put them into servers. */
const names: Readonly<Record<number, string>> = {
  2: "IBM",
  11: "Hewlett-Packard",
  42: "Sun Microsystems",
  111: "Oracle",
  343: "Intel",
  674: "Dell",
  2011: "Huawei",
  2623: "ASUSTeK",
  5703: "NVIDIA",
  5771: "Cisco",
  6653: "Tyan",
  7244: "Quanta",
  10297: "Advantech",
  10368: "Fujitsu",
  10876: "Supermicro",
  15370: "Gigabyte",
  19046: "Lenovo",
  20301: "IBM eServer X",
  20974: "American Megatrends",
  25506: "H3C",
  37945: "Inspur",
  40092: "Wiwynn",
  47196: "Hewlett Packard Enterprise",
  49769: "YADRO",
  49871: "OpenBMC",
};

/** The maker's name, or its number for those whom we do not know. */
export function manufacturer(id: number): string {
  return names[id] ?? `enterprise ${id}`;
}
