package mirror

import (
	"context"
	"errors"
	"fmt"
	"net"
	"net/http"
	"net/netip"
	"os"
	"time"

	"botkube-plugins/internal/problem"

	ocispec "github.com/opencontainers/image-spec/specs-go/v1"
	"oras.land/oras-go/v2"
	"oras.land/oras-go/v2/content/oci"
	"oras.land/oras-go/v2/registry"
	"oras.land/oras-go/v2/registry/remote"
	"oras.land/oras-go/v2/registry/remote/auth"
	"oras.land/oras-go/v2/registry/remote/credentials"
	"oras.land/oras-go/v2/registry/remote/errcode"
	"oras.land/oras-go/v2/registry/remote/retry"
)

// Registry is a place for an image in a registry.
type Registry struct {
	// Reference is REGISTRY/REPOSITORY:TAG.
	Reference registry.Reference
	// Tries is how many times to try a request, and Wait the pause after the first.
	Tries int
	Wait  time.Duration
}

// ParseReference parses REGISTRY/REPOSITORY:TAG.
func ParseReference(text string) (registry.Reference, error) {
	ref, err := registry.ParseReference(text)
	if err == nil {
		err = ref.ValidateReferenceAsTag()
	}
	return ref, err
}

// push copies the image in the OCI image layout in dir, and tags it when all of it is there. It takes
// the credentials from the configuration of Docker.
func (r Registry) push(ctx context.Context, dir string, image ocispec.Descriptor) error {
	repository, err := r.repository()
	if err != nil {
		return err
	}
	from, err := oci.NewFromFS(ctx, os.DirFS(dir))
	if err != nil {
		return err
	}
	_, err = oras.Copy(ctx, from, image.Digest.String(), repository, r.Reference.Reference, oras.DefaultCopyOptions)
	if ctx.Err() != nil {
		return context.Cause(ctx)
	}
	if err != nil {
		return r.explain(err)
	}
	return nil
}

// has reports whether the tag is that of an image with this digest. If the registry does not say so,
// it has not.
func (r Registry) has(ctx context.Context, image string) (bool, error) {
	repository, err := r.repository()
	if err != nil {
		return false, err
	}
	found, err := repository.Resolve(ctx, r.Reference.Reference)
	return err == nil && found.Digest.String() == image, context.Cause(ctx)
}

func (r Registry) repository() (*remote.Repository, error) {
	store, err := credentials.NewStoreFromDocker(credentials.StoreOptions{})
	if err != nil {
		return nil, fmt.Errorf("the credentials for %s: %w", r.Reference.Registry, err)
	}
	transport := retry.NewTransport(http.DefaultTransport)
	transport.Policy = func() retry.Policy {
		return &retry.GenericPolicy{
			Retryable: retry.DefaultPredicate, MaxRetry: r.Tries - 1, MinWait: r.Wait, MaxWait: 60 * r.Wait,
			Backoff: retry.ExponentialBackoff(r.Wait, 2, 0.1),
		}
	}
	return &remote.Repository{
		Reference: r.Reference, PlainHTTP: loopback(r.Reference.Registry),
		Client: &auth.Client{Client: &http.Client{Transport: transport}, Cache: auth.NewCache(), Credential: credentials.Credential(store)},
	}, nil
}

// explain returns an error of a registry with a hint.
func (r Registry) explain(err error) error {
	hint := "run the command again: it continues with what is there"
	if answer, ok := errors.AsType[*errcode.ErrorResponse](err); ok {
		text := fmt.Sprintf("%s answered %d %s", r.Reference.Registry, answer.StatusCode, http.StatusText(answer.StatusCode))
		if len(answer.Errors) > 0 {
			text += ": " + answer.Errors.Error()
		}
		err = errors.New(text)
		switch answer.StatusCode {
		case http.StatusUnauthorized, http.StatusForbidden:
			hint = fmt.Sprintf("log in with docker login %s, as a user who may push to %s", r.Reference.Registry, r.Reference.Repository)
		case http.StatusRequestEntityTooLarge:
			hint = "the registry, or a proxy before it, limits the size of a layer; raise the limit, or select fewer plugins or versions"
		}
	}
	return problem.WithHint(fmt.Errorf("push to %s: %w", r.Reference, err), hint)
}

// loopback reports whether a registry is on this machine, where it needs no TLS.
func loopback(name string) bool {
	host := name
	if h, _, err := net.SplitHostPort(name); err == nil {
		host = h
	}
	addr, err := netip.ParseAddr(host)
	return host == "localhost" || err == nil && addr.IsLoopback()
}
