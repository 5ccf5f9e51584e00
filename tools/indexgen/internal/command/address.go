package command

import (
	"net"
	"net/netip"
	"net/url"
	"strconv"

	"botkube-plugins/internal/cli"
	"botkube-plugins/internal/problem"
)

// checkAddr rejects an address that others can reach, except with --public. It returns the
// address to listen on.
func (f *serveFlags) checkAddr() (string, error) {
	host, port, err := net.SplitHostPort(f.addr)
	if err == nil {
		_, err = strconv.ParseUint(port, 10, 16)
	}
	addr := netip.IPv6Unspecified() // without a host, it listens on all addresses
	switch {
	case host == "localhost": // which may resolve to another address on other machines
		addr = netip.AddrFrom4([4]byte{127, 0, 0, 1})
		host = addr.String()
	case err == nil && host != "":
		addr, err = netip.ParseAddr(host)
	}
	if err != nil {
		return "", cli.Usagef("--addr: found %q, want an IP address or localhost, and a port, such as 127.0.0.1:8080", f.addr)
	}
	if !addr.Unmap().IsLoopback() && !f.public {
		return "", problem.WithHint(
			cli.Usagef("--addr: found %q, want an address that only this machine reaches, such as 127.0.0.1:8080", f.addr),
			"--public lets others on the network fetch the plugins")
	}
	return net.JoinHostPort(host, port), nil
}

// checkBaseURL checks that others can reach this server by --base-url, or by the address it
// listens on.
func (f *serveFlags) checkBaseURL(addr string) error {
	found, baseURL := "nothing", "http://"+addr
	if f.baseURL != "" {
		var err error
		if baseURL, err = parseBaseURL(f.baseURL); err != nil {
			return err
		}
		f.baseURL, found = baseURL, strconv.Quote(baseURL)
	}
	u, err := url.Parse(baseURL)
	if err != nil { // an address with a zone
		return cli.Usagef("--base-url: found nothing, want the URL by which Botkube reaches %s", addr)
	}
	if u.Path != "" {
		return cli.Usagef("--base-url: found %q, want one without a path, such as %s://%s, since the index is served at /%s",
			baseURL, u.Scheme, u.Host, indexFile)
	}
	if host, err := netip.ParseAddr(u.Hostname()); u.Hostname() != "" && (err != nil || !host.IsUnspecified()) {
		return nil
	}
	return cli.Usagef("--base-url: found %s, want the URL by which Botkube reaches this machine, such as "+
		"http://host.minikube.internal:8080; %s is not one", found, baseURL)
}
