package cli

import (
	"fmt"
	"net"
	"net/netip"
	"net/url"
	"strconv"
)

// checkAddr refuses an address that others can reach, unless they may, and returns the one
// to listen on.
func (f *serveFlags) checkAddr() (string, error) {
	host, port, err := net.SplitHostPort(f.addr)
	if err == nil {
		_, err = strconv.ParseUint(port, 10, 16)
	}
	addr := netip.IPv6Unspecified() // which without a host means all addresses
	switch {
	case host == "localhost": // whatever it is elsewhere
		addr = netip.AddrFrom4([4]byte{127, 0, 0, 1})
		host = addr.String()
	case err == nil && host != "":
		addr, err = netip.ParseAddr(host)
	}
	if err != nil {
		return "", fmt.Errorf("--addr: found %q, want an IP address or localhost, and a port, such as 127.0.0.1:8080", f.addr)
	}
	if !addr.Unmap().IsLoopback() && !f.public {
		return "", fmt.Errorf("--addr: found %q, want an address of this machine only, such as 127.0.0.1:8080, "+
			"or else others on the network can fetch the plugins\nhint: --public allows that", f.addr)
	}
	return net.JoinHostPort(host, port), nil
}

// checkBaseURL finds out whether others can know this server by --base-url, or by the
// address it listens on.
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
	if err != nil { // of an address with a zone
		return fmt.Errorf("--base-url: found nothing, want the URL by which Botkube reaches %s", addr)
	}
	if u.Path != "" {
		return fmt.Errorf("--base-url: found %q, want one without a path, such as %s://%s, since the index is served at /%s",
			baseURL, u.Scheme, u.Host, indexFile)
	}
	if host, err := netip.ParseAddr(u.Hostname()); u.Hostname() != "" && (err != nil || !host.IsUnspecified()) {
		return nil
	}
	return fmt.Errorf("--base-url: found %s, want the URL by which Botkube reaches this machine, such as "+
		"http://host.minikube.internal:8080; %s is not one", found, baseURL)
}
