package main

import (
	"cmp"
	"encoding/json"
	"errors"
	"io"
	"log"
	"net/http"
	"os"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"sync"

	apierrors "k8s.io/apimachinery/pkg/api/errors"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/apis/meta/v1/unstructured"
	"k8s.io/apimachinery/pkg/fields"
	"k8s.io/apimachinery/pkg/labels"
	"k8s.io/apimachinery/pkg/runtime"
	"k8s.io/apimachinery/pkg/runtime/schema"
	"k8s.io/apimachinery/pkg/runtime/serializer"
	"k8s.io/apimachinery/pkg/types"
	"k8s.io/client-go/kubernetes/scheme"
)

// decoder rejects fields that the kind does not have.
var decoder = serializer.NewCodecFactory(scheme.Scheme, serializer.EnableStrict).UniversalDeserializer()

// key names an object, or a list of objects if it has no name.
type key struct{ root, namespace, resource, name string }

// api stores objects.
type api struct {
	volumes string

	mu      sync.Mutex
	changes int
	objects map[key]*unstructured.Unstructured
}

func newAPI(volumes string) http.Handler {
	a := &api{volumes: volumes, objects: map[key]*unstructured.Unstructured{}}
	mux := http.NewServeMux()
	handleDiscovery(mux)
	for gv := range served {
		for _, path := range []string{"/{resource}", "/{resource}/{name}", "/namespaces/{namespace}/{resource}", "/namespaces/{namespace}/{resource}/{name}"} {
			mux.HandleFunc("/"+root(gv)+path, func(w http.ResponseWriter, r *http.Request) {
				a.serve(w, r, key{root(gv), r.PathValue("namespace"), r.PathValue("resource"), r.PathValue("name")})
			})
		}
	}
	mux.HandleFunc("POST /api/v1/namespaces/{namespace}/pods/{name}/exec", a.exec)
	return mux
}

// serve answers a request for an object or a list.
func (a *api) serve(w http.ResponseWriter, r *http.Request, k key) {
	a.mu.Lock()
	defer a.mu.Unlock()
	old := a.objects[k]
	resource := schema.GroupResource{Resource: k.resource}
	missing := apierrors.NewNotFound(resource, k.name)
	switch {
	case r.FormValue("watch") == "true":
		fail(w, apierrors.NewMethodNotSupported(resource, "watch")) // clients list again instead
	case r.Method == http.MethodGet && k.name == "":
		a.list(w, r, k)
	case r.Method == http.MethodPost:
		a.put(w, r, k, false)
	case r.Method == http.MethodPatch && r.Header.Get("Content-Type") == string(types.ApplyYAMLPatchType):
		a.put(w, r, k, true) // there is only one manager of fields
	case old == nil:
		fail(w, missing)
	case r.Method == http.MethodGet:
		write(w, http.StatusOK, old)
	case r.Method == http.MethodPut:
		a.put(w, r, k, true)
	case r.Method == http.MethodDelete:
		delete(a.objects, k)
		write(w, http.StatusOK, old)
	default:
		fail(w, apierrors.NewMethodNotSupported(resource, r.Method+" "+r.Header.Get("Content-Type")))
	}
}

// put stores the object of a request.
func (a *api) put(w http.ResponseWriter, r *http.Request, k key, replace bool) {
	body, err := io.ReadAll(r.Body)
	if err != nil {
		fail(w, err)
		return
	}
	decoded, _, err := decoder.Decode(body, nil, nil)
	if err != nil {
		fail(w, apierrors.NewBadRequest(err.Error()))
		return
	}
	content, err := runtime.DefaultUnstructuredConverter.ToUnstructured(decoded)
	if err != nil {
		fail(w, err)
		return
	}
	o := &unstructured.Unstructured{Object: content}
	if k.namespace != "" && a.objects[key{"api/v1", "", "namespaces", k.namespace}] == nil {
		fail(w, apierrors.NewNotFound(schema.GroupResource{Resource: "namespaces"}, k.namespace))
		return
	}
	k.name = o.GetName()
	if a.objects[k] != nil && !replace {
		fail(w, apierrors.NewAlreadyExists(schema.GroupResource{Resource: k.resource}, k.name))
		return
	}
	if err := a.begin(o, k); err != nil {
		fail(w, err)
		return
	}
	a.changes++
	o.SetNamespace(k.namespace)
	o.SetUID(types.UID(k.resource + "-" + k.name))
	o.SetResourceVersion(strconv.Itoa(a.changes))
	a.objects[k] = o
	write(w, http.StatusCreated, o)
}

// begin does what the controllers of a cluster do with a new object.
func (a *api) begin(o *unstructured.Unstructured, k key) error {
	switch o.GetKind() {
	case "PersistentVolumeClaim":
		return os.MkdirAll(filepath.Join(a.volumes, k.namespace, k.name), 0o755)
	case "Pod": // it is ready when its volumes are
		pod, err := podOf(o)
		if err != nil {
			return err
		}
		if _, err := a.mounts(pod, k.namespace); err != nil {
			return nil //nolint:nilerr // the pod waits
		}
		ready := map[string]any{"type": "Ready", "status": "True"}
		return unstructured.SetNestedSlice(o.Object, []any{ready}, "status", "conditions")
	}
	return nil
}

func (a *api) list(w http.ResponseWriter, r *http.Request, k key) {
	byLabel, err := labels.Parse(r.FormValue("labelSelector"))
	byField, err2 := fields.ParseSelector(r.FormValue("fieldSelector"))
	if err := errors.Join(err, err2); err != nil {
		fail(w, apierrors.NewBadRequest(err.Error()))
		return
	}
	items := []*unstructured.Unstructured{}
	for other, o := range a.objects {
		named := fields.Set{"metadata.name": other.name}
		if other.root == k.root && other.resource == k.resource && (k.namespace == "" || other.namespace == k.namespace) &&
			byLabel.Matches(labels.Set(o.GetLabels())) && byField.Matches(named) {
			items = append(items, o)
		}
	}
	slices.SortFunc(items, func(x, y *unstructured.Unstructured) int { return cmp.Compare(x.GetName(), y.GetName()) })
	_, version, _ := strings.Cut(k.root, "/")
	write(w, http.StatusOK, map[string]any{
		"kind": kindOf(k.resource) + "List", "apiVersion": version,
		"metadata": map[string]any{"resourceVersion": strconv.Itoa(a.changes)}, "items": items,
	})
}

func write(w http.ResponseWriter, code int, answer any) {
	w.Header().Set("Content-Type", "application/json")
	w.WriteHeader(code)
	if err := json.NewEncoder(w).Encode(answer); err != nil {
		log.Print(err)
	}
}

func fail(w http.ResponseWriter, err error) {
	status := apierrors.NewInternalError(err).Status()
	if known := apierrors.APIStatus(nil); errors.As(err, &known) {
		status = known.Status()
	}
	status.TypeMeta = metav1.TypeMeta{Kind: "Status", APIVersion: "v1"}
	write(w, int(status.Code), status)
}
