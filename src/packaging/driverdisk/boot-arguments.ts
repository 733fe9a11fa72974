/** What to type at an installer's boot prompt to have it take a disk. */
import type { ImageMedium } from '../../archive/image/model.ts'
import type { DiskFormat } from './model.ts'

export interface BootAdvice {
  /** Who is being told: `RHEL 7 and newer`. */
  readonly installer: string
  /** Of the kernel command line; empty when nothing is needed. */
  readonly argument: string
  readonly note: string
}

export interface BootRequest {
  readonly formats: readonly DiskFormat[]
  readonly medium: ImageMedium
  readonly label: string
  readonly fileName: string
  /** linuxrc fetches it along with the disk. */
  readonly hasSignatureBeside?: boolean
}

const fileSystems: ReadonlySet<ImageMedium> = new Set(['iso', 'fat', 'floppy', 'ext2'])

export function bootAdvice(request: BootRequest): BootAdvice[] {
  const formats = new Set(
    request.formats.flatMap((format) =>
      format === 'universal' ? (['redhat3', 'dud', 'ubuntu', 'debian'] as const) : [format],
    ),
  )
  return [...formats].flatMap((format) => adviceOf(format, request))
}

function adviceOf(format: DiskFormat, request: BootRequest): BootAdvice[] {
  const { fileName, label, hasSignatureBeside = false } = request
  const isDetected = label === 'OEMDRV' && fileSystems.has(request.medium)
  const url = `http://SERVER/PATH/${fileName}`
  switch (format) {
    case 'redhat1':
    case 'redhat2':
      return [{ installer: 'Red Hat Linux, RHEL 3 to 5', argument: 'dd', note: 'insert the disk when asked' }]
    case 'redhat3':
      return redhat3Advice(request, isDetected, url)
    case 'suse':
    case 'unitedlinux':
      return [
        { installer: 'SuSE Linux, SLES to 11, UnitedLinux', argument: 'dud=1', note: 'insert the disk when asked' },
      ]
    case 'dud':
      return [
        {
          installer: 'linuxrc (SLES and SLED 10 to 15, Leap 15)',
          argument: isDetected ? '' : `dud=${url}`,
          note: isDetected
            ? `found by its label ${label}`
            : `${hasSignatureBeside ? `with ${fileName}.asc beside it; ` : ''}or append the initrd form to the initrd`,
        },
        {
          installer: 'Agama (SLES 16, Leap 16)',
          argument: `inst.dud=${url} rd.neednet`,
          note: 'labels are not looked at',
        },
      ]
    case 'ubuntu':
      return [
        {
          installer: 'casper (Ubuntu live media)',
          argument: 'debian-installer/driver-update=true',
          note: 'insert the disk when asked',
        },
      ]
    case 'debian':
      return [
        {
          installer: 'debian-installer',
          argument: 'driver-injection-disk/load=true',
          note: `put it on a USB partition labelled ${label}; CDs are not looked at`,
        },
      ]
    case 'universal':
      return []
  }
}

function redhat3Advice({ label }: BootRequest, isDetected: boolean, url: string): BootAdvice[] {
  const note = isDetected
    ? `found by its label ${label}; otherwise inst.dd=hd:LABEL=${label}`
    : 'or inst.dd alone for a menu'
  return [
    { installer: 'RHEL 7 and newer, Fedora', argument: isDetected ? '' : `inst.dd=${url}`, note },
    { installer: 'RHEL 6', argument: isDetected ? '' : 'dd', note: isDetected ? note : 'insert the disk when asked' },
  ]
}
