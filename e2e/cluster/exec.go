package main

import (
	"context"
	"fmt"
	"io"
	"net/http"
	"os"
	"path/filepath"
	"strings"
	"time"

	corev1 "k8s.io/api/core/v1"
	"k8s.io/apimachinery/pkg/apis/meta/v1/unstructured"
	"k8s.io/apimachinery/pkg/runtime"
	"k8s.io/cri-streaming/pkg/streaming/remotecommand"
	"k8s.io/utils/exec"
)

func podOf(o *unstructured.Unstructured) (pod corev1.Pod, err error) {
	return pod, runtime.DefaultUnstructuredConverter.FromUnstructured(o.Object, &pod)
}

// mounts returns the directory of each claim that the pod mounts, by the path in its first container.
func (a *api) mounts(pod corev1.Pod, namespace string) (map[string]string, error) {
	dirs := map[string]string{}
	for _, m := range pod.Spec.Containers[0].VolumeMounts {
		for _, v := range pod.Spec.Volumes {
			if v.Name == m.Name && v.PersistentVolumeClaim != nil {
				dirs[m.MountPath] = filepath.Join(a.volumes, namespace, v.PersistentVolumeClaim.ClaimName)
			}
		}
		if _, err := os.Stat(dirs[m.MountPath]); err != nil {
			return nil, fmt.Errorf("the volume %s: %w", m.Name, err)
		}
	}
	return dirs, nil
}

// exec runs a command as kubelet does for kubectl exec.
func (a *api) exec(w http.ResponseWriter, r *http.Request) {
	asked := func(stream string) bool { return r.FormValue(stream) == "true" }
	options := &remotecommand.Options{Stdin: asked("stdin"), Stdout: asked("stdout"), Stderr: asked("stderr")}
	k := key{"api/v1", r.PathValue("namespace"), "pods", r.PathValue("name")}
	remotecommand.ServeExec(w, r, container{a, k}, k.name, "", r.FormValue("container"), r.Form["command"], options,
		time.Hour, time.Minute, remotecommand.SupportedStreamingProtocols)
}

// container runs commands in a pod.
type container struct {
	api *api
	pod key
}

// ExecInContainer runs the command on this machine. In its arguments, the directories of the volumes
// replace the paths at which the pod mounts them.
func (c container) ExecInContainer(ctx context.Context, _, _, _ string, command []string, in io.Reader, out, errs io.WriteCloser,
	_ bool, _ <-chan remotecommand.TerminalSize, _ time.Duration,
) error {
	c.api.mu.Lock()
	o := c.api.objects[c.pod]
	c.api.mu.Unlock()
	if o == nil {
		return fmt.Errorf("there is no pod %s", c.pod.name)
	}
	pod, err := podOf(o)
	if err != nil {
		return err
	}
	dirs, err := c.api.mounts(pod, c.pod.namespace)
	if err != nil {
		return err
	}
	for n, arg := range command {
		for mount, dir := range dirs {
			if rest, ok := strings.CutPrefix(arg, mount); ok && (rest == "" || rest[0] == '/') {
				command[n] = dir + rest
			}
		}
	}
	cmd := exec.New().CommandContext(ctx, command[0], command[1:]...)
	cmd.SetStdin(in)
	cmd.SetStdout(out)
	cmd.SetStderr(errs)
	return cmd.Run()
}
