// Package metaschema stands in for json-schema.org, from which Botkube's index builder fetches a
// meta-schema in each run. The builder is unchanged: environment variables name an HTTPS proxy on
// loopback, which answers in place of that host, and the certificate to trust.
package metaschema

import (
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/tls"
	"crypto/x509"
	"encoding/json"
	"encoding/pem"
	"fmt"
	"io"
	"math/big"
	"net"
	"net/http"
	"net/http/httptest"
	"os"
	"sync/atomic"
	"time"

	"github.com/xeipuuv/gojsonschema"
)

const host = "json-schema.org"

// Server is the running stand-in.
type Server struct {
	proxy, site *httptest.Server
	certFile    string
	served      atomic.Int32
}

// Start starts the stand-in and writes its certificate to certFile.
func Start(certFile string) (*Server, error) {
	// The library that the builder validates with includes the meta-schema.
	schema, err := gojsonschema.NewReferenceLoader("http://" + host + "/draft-07/schema").LoadJSON()
	if err != nil {
		return nil, err
	}
	text, err := json.Marshal(schema)
	if err != nil {
		return nil, err
	}
	cert, err := newCertificate(certFile)
	if err != nil {
		return nil, err
	}
	s := &Server{certFile: certFile}
	s.site = httptest.NewUnstartedServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if r.URL.Path != "/draft-07/schema" {
			http.NotFound(w, r)
			return
		}
		s.served.Add(1)
		w.Header().Set("Content-Type", "application/schema+json")
		_, _ = w.Write(text)
	}))
	s.site.TLS = &tls.Config{Certificates: []tls.Certificate{cert}}
	s.site.StartTLS()
	s.proxy = httptest.NewServer(http.HandlerFunc(s.tunnel))
	return s, nil
}

// Env returns the environment variables that direct a process to the stand-in.
func (s *Server) Env() []string {
	return []string{"HTTPS_PROXY=" + s.proxy.URL, "NO_PROXY=127.0.0.1", "SSL_CERT_FILE=" + s.certFile}
}

// Served returns how many times the meta-schema was fetched.
func (s *Server) Served() int { return int(s.served.Load()) }

// Close stops the stand-in and removes its certificate.
func (s *Server) Close() error {
	s.proxy.Close()
	s.site.CloseClientConnections()
	s.site.Close()
	return os.Remove(s.certFile)
}

// tunnel answers a CONNECT to the host with a connection to the stand-in.
func (s *Server) tunnel(w http.ResponseWriter, r *http.Request) {
	if r.Method != http.MethodConnect || r.Host != host+":443" {
		http.Error(w, "only "+host+" can be reached", http.StatusForbidden)
		return
	}
	to, err := net.Dial("tcp", s.site.Listener.Addr().String())
	if err != nil {
		http.Error(w, err.Error(), http.StatusBadGateway)
		return
	}
	defer func() { _ = to.Close() }()
	from, buffered, err := http.NewResponseController(w).Hijack()
	if err != nil {
		return
	}
	defer func() { _ = from.Close() }()
	if _, err := fmt.Fprint(from, "HTTP/1.1 200 OK\r\n\r\n"); err != nil {
		return
	}
	go func() {
		_, _ = io.Copy(to, buffered)
		_ = to.Close()
	}()
	_, _ = io.Copy(from, to)
}

// newCertificate returns a self-signed certificate.
func newCertificate(certFile string) (tls.Certificate, error) {
	key, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		return tls.Certificate{}, err
	}
	template := &x509.Certificate{
		SerialNumber: big.NewInt(1),
		DNSNames:     []string{host},
		NotBefore:    time.Now().Add(-time.Hour),
		NotAfter:     time.Now().Add(24 * time.Hour),
		IsCA:         true, BasicConstraintsValid: true,
		KeyUsage:    x509.KeyUsageDigitalSignature | x509.KeyUsageCertSign,
		ExtKeyUsage: []x509.ExtKeyUsage{x509.ExtKeyUsageServerAuth},
	}
	der, err := x509.CreateCertificate(rand.Reader, template, template, key.Public(), key)
	if err != nil {
		return tls.Certificate{}, err
	}
	text := pem.EncodeToMemory(&pem.Block{Type: "CERTIFICATE", Bytes: der})
	return tls.Certificate{Certificate: [][]byte{der}, PrivateKey: key}, os.WriteFile(certFile, text, 0o600)
}
