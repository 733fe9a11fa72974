/** Spec files as vendors have them beside their source, which use all that DKMS 2.8 gave them. */

/** What mkrpm of DKMS 2.8 is handed: macros, SOURCES, and `dkms mktarball` for builds. */
export const mkrpmSpec = String.raw`
%{?!module_name: %{error: module_name is not defined}}
%{?!version: %{error: version is not defined}}
%{?!kernel_versions: %{error: kernel_versions is not defined}}
%{?!_dkmsdir: %define _dkmsdir /var/lib/dkms}
Name: %{module_name}
Version: %{version}
Release: 1dkms
Summary: %{module_name} %{version} for %{kernel_versions}
License: GPL-2.0-only
Group: System/Kernel
BuildArch: noarch
Requires: dkms >= 1.95
%description
Modules of %{module_name}; tarball: %{mktarball_line}.
%prep
if [ "%{mktarball_line}" != none ]; then
  /usr/sbin/dkms mktarball -m %{module_name} -v %{version} %{mktarball_line} --archive %{module_name}-%{version}.dkms.tar.gz
  cp -f %{_dkmsdir}/%{module_name}/%{version}/tarball/%{module_name}-%{version}.dkms.tar.gz .
fi
%install
share=%{buildroot}/usr/share/%{module_name}
mkdir -p $share
if [ -d %{_sourcedir}/%{module_name}-%{version} ]; then
  mkdir -p %{buildroot}/usr/src
  cp -Lpr %{_sourcedir}/%{module_name}-%{version} %{buildroot}/usr/src/
fi
if [ -f %{module_name}-%{version}.dkms.tar.gz ]; then
  install -m 644 %{module_name}-%{version}.dkms.tar.gz $share/
fi
if [ -f %{_sourcedir}/common.postinst ]; then install -m 755 %{_sourcedir}/common.postinst $share/postinst; fi
find %{buildroot} -type f | sed 's,^%{buildroot},,' >files
%post
/usr/lib/dkms/common.postinst %{module_name} %{version} /usr/share/%{module_name}
%preun
dkms remove -m %{module_name} -v %{version} --all --rpm_safe_upgrade
%files -f files
`

export const kmpSpec = `
Name: hello-kmp
Version: 1.0
Release: 3
Summary: Says hello
License: GPL-2.0-only
Source0: hello-1.0.tar.bz2
%description
Says hello.
%prep
%setup -q -n hello-1.0
%files
`

/** Debian's package of DKMS 2.8 has none, and mkrpm names it to rpmbuild all the same. */
export const findProvides = `#!/bin/sh
sed -n 's,.*/usr/src/\\(.*\\)/dkms.conf$,source(\\1),p'
`
