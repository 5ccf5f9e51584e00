// Command cluster stands in for a Kubernetes cluster in tests. It is an API server, which stores what
// kubectl and helm send, and a kubelet, which runs the commands of kubectl exec. It runs no containers.
package main

import (
	"errors"
	"fmt"
	"net"
	"net/http"
	"os"
	"path/filepath"
)

func main() {
	if err := run(os.Args[1:]); err != nil {
		fmt.Fprintln(os.Stderr, err)
		os.Exit(1)
	}
}

// run prints the address of the API server, and serves until it is killed. Each persistent volume
// claim is a directory DIR/NAMESPACE/CLAIM.
func run(args []string) error {
	if len(args) != 1 {
		return errors.New("usage: cluster DIR")
	}
	volumes, err := filepath.Abs(args[0])
	if err != nil {
		return err
	}
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		return err
	}
	fmt.Println(listener.Addr())
	return http.Serve(listener, newAPI(volumes))
}
