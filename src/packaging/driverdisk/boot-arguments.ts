/** What to type at an installer's boot prompt to have it take a disk. */
import { type ImageMedium, isFileSystem } from '../../archive/image/model.ts'
import type { DiskFormat } from './model.ts'

export interface BootAdvice {
  /** Who is being told: `RHEL 7 and newer`. */
  readonly installer: string
  /** Of the kernel command line; empty when nothing is needed. */
  readonly argument: string
  readonly note: string
}

/** `universal` is a sum of others. */
export type PlainFormat = Exclude<DiskFormat, 'universal'>

export interface BootRequest {
  /** Those that the disk has something of. */
  readonly formats: readonly PlainFormat[]
  readonly medium: ImageMedium
  readonly label: string
  readonly fileName: string
  /** linuxrc fetches it along with the disk. */
  readonly hasSignatureBeside?: boolean
  /** The name of the file that is to be appended to the initrd. */
  readonly initrd?: string
}

/** What a universal disk came to consist of, by its paths. */
const marks: readonly (readonly [PlainFormat, RegExp])[] = [
  ['redhat3', /^rhdd3$/],
  ['dud', /^(?:\d+\/)?linux\/suse\//],
  ['ubuntu', /^ubuntu-drivers\/\d/],
  ['debian', /^[^/]+-drivers\/[^/\d]/],
]

/** @param paths of the files on the disk */
export function formatsOnDisk(formats: readonly DiskFormat[], paths: readonly string[]): PlainFormat[] {
  const found = formats.flatMap((format) =>
    format === 'universal'
      ? marks.flatMap(([one, mark]) => (paths.some((path) => mark.test(path)) ? [one] : []))
      : [format],
  )
  return [...new Set(found)]
}

export function bootAdvice(request: BootRequest): BootAdvice[] {
  return request.formats.flatMap((format) => adviceOf(format, request))
}

const unpacked = 'archives are not read: unpack it onto a file system'

function adviceOf(format: PlainFormat, request: BootRequest): BootAdvice[] {
  const insert = isFileSystem(request.medium) ? 'insert the disk when asked' : `${unpacked}, and insert that when asked`
  switch (format) {
    case 'redhat1':
      return [{ installer: 'Red Hat Linux, RHEL to 5', argument: 'dd', note: insert }]
    case 'redhat2':
      return [{ installer: 'RHEL 3 to 5', argument: 'dd', note: insert }]
    case 'redhat3':
      return redhat3Advice(request)
    case 'suse':
    case 'unitedlinux':
      return [{ installer: 'SuSE Linux, SLES to 11, UnitedLinux', argument: 'dud=1', note: insert }]
    case 'dud':
      return dudAdvice(request)
    case 'ubuntu':
      return [
        { installer: 'casper (Ubuntu live media)', argument: 'debian-installer/driver-update=true', note: insert },
      ]
    case 'debian':
      return [
        {
          installer: 'debian-installer',
          argument: 'driver-injection-disk/load=true',
          note: `${isFileSystem(request.medium) ? 'put' : 'unpack'} it on a USB partition labelled OEMDRV; CDs are not looked at`,
        },
      ]
  }
}

function isDetected({ label, medium }: BootRequest): boolean {
  return label === 'OEMDRV' && isFileSystem(medium)
}

/** A network address has to end in .iso or .rpm, since RHEL 7.3; what is no file system cannot be mounted. */
function redhat3Advice(request: BootRequest): BootAdvice[] {
  const { medium, label, fileName, initrd } = request
  const [newer, rhel6] = ['RHEL 7 and newer, Fedora', 'RHEL 6']
  const appended =
    initrd === undefined
      ? []
      : [{ installer: newer, argument: 'inst.dd=file:/dd.iso', note: `with ${initrd} appended to the initrd` }]
  if (!isFileSystem(medium)) {
    const note = `${unpacked} labelled OEMDRV`
    return [{ installer: newer, argument: '', note }, { installer: rhel6, argument: '', note }, ...appended]
  }
  const byLabel = `inst.dd=hd:LABEL=${label}`
  const found = `found by its label ${label}; otherwise`
  const byAddress = fileName.endsWith('.iso') ? `inst.dd=http://SERVER/PATH/${fileName}` : 'inst.dd alone for a menu'
  return [
    isDetected(request)
      ? { installer: newer, argument: '', note: `${found} ${byLabel}` }
      : { installer: newer, argument: byLabel, note: `or ${byAddress}` },
    isDetected(request)
      ? { installer: rhel6, argument: '', note: `${found} dd` }
      : { installer: rhel6, argument: 'dd', note: 'insert the disk when asked' },
    ...appended,
  ]
}

function dudAdvice(request: BootRequest): BootAdvice[] {
  const { label, fileName, hasSignatureBeside = false, initrd } = request
  const url = `http://SERVER/PATH/${fileName}`
  const linuxrc = 'linuxrc (SLES and SLED 10 to 15, Leap 15)'
  const agama = 'Agama (SLES 16, Leap 16)'
  const signature = hasSignatureBeside ? `with ${fileName}.asc beside it; ` : ''
  return [
    isDetected(request)
      ? { installer: linuxrc, argument: '', note: `found by its label ${label}` }
      : { installer: linuxrc, argument: `dud=${url}`, note: `${signature}or append the initrd form to the initrd` },
    { installer: agama, argument: `inst.dud=${url} rd.neednet`, note: 'labels are not looked at' },
    ...(initrd === undefined
      ? []
      : [{ installer: 'linuxrc, Agama', argument: '', note: `with ${initrd} appended to the initrd` }]),
  ]
}
