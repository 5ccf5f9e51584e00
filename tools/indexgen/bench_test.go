package main

import (
	"bufio"
	"context"
	"crypto/sha256"
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"os"
	"os/exec"
	"path/filepath"
	"runtime"
	"slices"
	"strconv"
	"strings"
	"syscall"
	"testing"
	"time"

	"botkube-plugins/internal/pluginhost"
	"botkube-plugins/internal/testplugin"
)

// BenchmarkGenerate runs the complete command on 60 files of 45 MB: 15 real plugins for this
// machine, padded to that size, and noise for three more platforms. It reports
//
//   - x-ideal: the time taken, as a multiple of the time that the CPU seconds to hash all
//     files and to ask all plugins, one after the other, would take if spread over all
//     cores. Both are measured in turn, in each round; the medians are compared. The
//     target is 1.15.
//   - x-cpu: the CPU seconds used, its plugins' included, as a multiple of the same. Unlike
//     x-ideal it does not suffer when something else is running.
//   - peak-MB: the largest amount of memory that the command held. The target is 64.
func BenchmarkGenerate(b *testing.B) {
	const plugins, size = 15, 45 << 20
	dir := b.TempDir()
	indexgen := build(b, dir, "indexgen", ".")
	plugin := build(b, dir, "plugin", "../plugin/internal/scaffold/_template/source")
	dist := filepath.Join(dir, "dist")
	binaries := makeDist(b, dist, "source", plugin, plugins, size)

	var ideals, walls, cpus, peaks []float64
	for b.Loop() {
		ideals = append(ideals, cpuSeconds(b, func() {
			hashAll(b, dist)
			askAll(b, binaries)
		})/float64(runtime.GOMAXPROCS(0)))
		wall, cpu, peak := measure(b, exec.Command(indexgen, "generate", "--quiet", "--dist", dist,
			"--base-url", "https://example.com", "--output", filepath.Join(dir, "index.yaml")))
		walls = append(walls, wall)
		cpus = append(cpus, cpu/float64(runtime.GOMAXPROCS(0)))
		peaks = append(peaks, peak)
	}
	b.ReportMetric(0, "ns/op") // meaningless, since it counts both sides
	b.ReportMetric(median(walls), "s")
	b.ReportMetric(median(ideals), "s-ideal")
	b.ReportMetric(median(walls)/median(ideals), "x-ideal")
	b.ReportMetric(median(cpus)/median(ideals), "x-cpu")
	b.ReportMetric(slices.Max(peaks), "peak-MB")
}

// BenchmarkVerify runs the complete command on the archives of 15 executors for four platforms, 15
// MB each, served on loopback. It reports
//
//   - x-curl: the time taken, as a multiple of what curl, sha256sum and tar take for the
//     same files, in as many parallel connections. They are run in turn; the medians are
//     compared. The target is 1.3.
//   - peak-MB: the largest amount of memory that the command held. The target is 100.
func BenchmarkVerify(b *testing.B) {
	const plugins, size, jobs = 15, 15 << 20, "4"
	dir := b.TempDir()
	indexgen := build(b, dir, "indexgen", ".")
	plugin := build(b, dir, "plugin", "../plugin/internal/scaffold/_template/executor")
	dist := filepath.Join(dir, "dist")
	makeDist(b, dist, "executor", plugin, plugins, size)
	archiveAll(b, dist)
	url, run := publish(b, indexgen, dist)

	const line = "curl -s $0/$1 | tee >(sha256sum >$2.sum) | tar -xzO >$2.out; rm $2.out $2.sum"
	shell := "ls *.tar.gz | xargs -P " + jobs + " -I FILE bash -c '" + line + "' " + url + " FILE " + dir + "/FILE"
	var walls, curls, peaks []float64
	for b.Loop() {
		curl, _ := run(exec.Command("bash", "-c", shell))
		curls = append(curls, curl)
		wall, peak := run(exec.Command(indexgen, "verify", "--quiet", "--jobs", jobs, url+"/plugins-index.yaml"))
		walls = append(walls, wall)
		peaks = append(peaks, peak)
	}
	b.ReportMetric(0, "ns/op")
	b.ReportMetric(median(walls), "s")
	b.ReportMetric(median(curls), "s-curl")
	b.ReportMetric(median(walls)/median(curls), "x-curl")
	b.ReportMetric(slices.Max(peaks), "peak-MB")
}

// BenchmarkMirror runs the complete command on 60 files of 45 MB, served on loopback: 15 real plugins
// for this machine, and noise for three more platforms. It reports
//
//   - x-curl: the time taken, as a multiple of what curl and sha256sum take for the same
//     files, in as many parallel connections. Both write the files to the disk (sync). They
//     are run in turn; the medians are compared. The target is 1.15.
//   - x-sha256sum: the time of a second run that changes nothing, as a multiple of what
//     sha256sum takes, in as many processes as the command has jobs. The target is 1.15.
//   - peak-MB: the largest amount of memory that the command held. The target is 100.
func BenchmarkMirror(b *testing.B) {
	const plugins, size, jobs = 15, 45 << 20, "4"
	dir := b.TempDir()
	indexgen := build(b, dir, "indexgen", ".")
	plugin := build(b, dir, "plugin", "../plugin/internal/scaffold/_template/executor")
	dist := filepath.Join(dir, "dist")
	makeDist(b, dist, "executor", plugin, plugins, size)
	for _, file := range glob(b, dist) { // so that all files differ, and none is shared
		appendName(b, file)
	}
	url, run := publish(b, indexgen, dist)
	out, curled := filepath.Join(dir, "out"), filepath.Join(dir, "curl")
	command := []string{
		"mirror", "--quiet", "--jobs", jobs, "--platform", "linux/amd64,linux/arm64,darwin/amd64,darwin/arm64",
		"--output", out, "r=" + url + "/plugins-index.yaml",
	}
	parallel := func(line string) *exec.Cmd {
		return exec.Command("bash", "-ec", "ls | grep _ | xargs -P "+jobs+" -I FILE bash -ec '"+line+"' "+url+" FILE "+curled+"/FILE")
	}
	var walls, curls, seconds, sums, peaks []float64
	for b.Loop() {
		for _, path := range []string{out, curled} {
			if err := os.RemoveAll(path); err != nil {
				b.Fatal(err)
			}
		}
		if err := os.Mkdir(curled, 0o700); err != nil {
			b.Fatal(err)
		}
		syscall.Sync()
		curl, _ := run(parallel("curl -s -o $2 $0/$1; sync $2; sha256sum $2 >/dev/null"))
		curls = append(curls, curl)
		wall, peak := run(exec.Command(indexgen, command...))
		walls, peaks = append(walls, wall), append(peaks, peak)
		sum, _ := run(parallel("sha256sum $2 >/dev/null"))
		sums = append(sums, sum)
		again, peak := run(exec.Command(indexgen, command...))
		seconds, peaks = append(seconds, again), append(peaks, peak)
	}
	b.ReportMetric(0, "ns/op")
	b.ReportMetric(median(walls), "s")
	b.ReportMetric(median(curls), "s-curl")
	b.ReportMetric(median(walls)/median(curls), "x-curl")
	b.ReportMetric(median(seconds), "s-second")
	b.ReportMetric(median(seconds)/median(sums), "x-sha256sum")
	b.ReportMetric(slices.Max(peaks), "peak-MB")
}

// publish generates the index of a directory and serves both. It returns their URL, and a function that
// measures a command in the directory: its seconds and its peak memory in MB.
func publish(b *testing.B, indexgen, dist string) (url string, run func(*exec.Cmd) (wall, peakMB float64)) {
	b.Helper()
	server := httptest.NewServer(http.FileServer(http.Dir(dist)))
	b.Cleanup(server.Close)
	run = func(cmd *exec.Cmd) (float64, float64) {
		cmd.Dir = dist
		wall, _, peak := measure(b, cmd)
		return wall, peak
	}
	run(exec.Command(indexgen, "generate", "--quiet", "--dist", dist, "--base-url", server.URL))
	return server.URL, run
}

func glob(b *testing.B, dist string) []string {
	b.Helper()
	files, err := filepath.Glob(filepath.Join(dist, "*_*"))
	if err != nil || len(files) == 0 {
		b.Fatalf("%d files, error %v", len(files), err)
	}
	return files
}

// appendName makes the content of a file unique.
func appendName(b *testing.B, file string) {
	b.Helper()
	f, err := os.OpenFile(file, os.O_APPEND|os.O_WRONLY, 0)
	if err != nil {
		b.Fatal(err)
	}
	defer f.Close()
	if _, err := f.WriteString(filepath.Base(file)); err != nil {
		b.Fatal(err)
	}
}

// archiveAll creates an archive of each binary, next to it.
func archiveAll(b *testing.B, dist string) {
	b.Helper()
	cmd := exec.Command("bash", "-ec", "for f in *; do tar -czf $f.tar.gz $f; rm $f; done")
	cmd.Dir = dist
	if out, err := cmd.CombinedOutput(); err != nil {
		b.Fatalf("%v\n%s", err, out)
	}
}

func build(b testing.TB, dir, name, pkg string) string {
	b.Helper()
	path := filepath.Join(dir, name)
	cmd := exec.Command("go", "build", "-trimpath", "-ldflags", "-s -w -X main.version=1.0.0", "-o", path, pkg)
	cmd.Env = append(os.Environ(), "CGO_ENABLED=0")
	if out, err := cmd.CombinedOutput(); err != nil {
		b.Fatalf("%v\n%s", err, out)
	}
	return path
}

// makeDist returns the paths of the plugins for this machine. Data after the end of an executable
// does not stop it from running.
func makeDist(b *testing.B, dist, kind, plugin string, plugins, size int) []string {
	b.Helper()
	check := func(err error) {
		b.Helper()
		if err != nil {
			b.Fatal(err)
		}
	}
	check(os.Mkdir(dist, 0o700))
	real, err := os.ReadFile(plugin)
	check(err)
	host := runtime.GOOS + "/" + runtime.GOARCH
	var binaries []string
	for _, platform := range []string{"linux/amd64", "linux/arm64", "darwin/amd64", "darwin/arm64"} {
		goos, goarch, _ := strings.Cut(platform, "/")
		data := testplugin.Executable(goos, goarch, size)
		if platform == host {
			copy(data, real)
		}
		for i := range plugins {
			path := filepath.Join(dist, fmt.Sprintf("%s_p%d_%s_%s", kind, i, goos, goarch))
			check(os.WriteFile(path, data, 0o700))
			if platform == host {
				binaries = append(binaries, path)
			}
		}
	}
	syscall.Sync() // so that the benchmark does not measure the writes to the disk
	return binaries
}

func hashAll(b *testing.B, dir string) {
	b.Helper()
	files, err := filepath.Glob(filepath.Join(dir, "source_*"))
	if err != nil || len(files) == 0 {
		b.Fatalf("%d files, error %v", len(files), err)
	}
	for _, name := range files {
		file, err := os.Open(name)
		if err != nil {
			b.Fatal(err)
		}
		if _, err := io.Copy(sha256.New(), file); err != nil {
			b.Fatal(err)
		}
		file.Close()
	}
}

func askAll(b *testing.B, binaries []string) {
	b.Helper()
	for _, path := range binaries {
		err := pluginhost.Run(b.Context(), pluginhost.Config{Path: path, Kind: pluginhost.Source, Timeout: 10 * time.Second},
			func(ctx context.Context, p *pluginhost.Plugin) error {
				_, err := p.Metadata(ctx)
				return err
			})
		if err != nil {
			b.Fatal(err)
		}
	}
}

// cpuSeconds returns the CPU seconds that f and the processes that it starts use.
func cpuSeconds(b *testing.B, f func()) float64 {
	b.Helper()
	total := func() (sum float64) {
		for _, who := range []int{syscall.RUSAGE_SELF, syscall.RUSAGE_CHILDREN} {
			var u syscall.Rusage
			if err := syscall.Getrusage(who, &u); err != nil {
				b.Fatal(err)
			}
			sum += time.Duration(u.Utime.Nano() + u.Stime.Nano()).Seconds()
		}
		return sum
	}
	before := total()
	f()
	return total() - before
}

// measure runs a command and returns the seconds it took, the CPU seconds that it and the
// processes it started used, and its own peak memory in MB.
func measure(b *testing.B, cmd *exec.Cmd) (wall, cpu, peakMB float64) {
	b.Helper()
	cmd.Stderr = os.Stderr
	start := time.Now()
	if err := cmd.Start(); err != nil {
		b.Fatal(err)
	}
	// The peak in rusage includes the memory of this process before exec, so it is too high.
	peak := make(chan float64)
	stop := make(chan struct{})
	go func() {
		highest := 0.0
		for {
			highest = max(highest, highWater(cmd.Process.Pid))
			select {
			case <-stop:
				peak <- highest
				return
			case <-time.After(10 * time.Millisecond):
			}
		}
	}()
	err := cmd.Wait()
	wall = time.Since(start).Seconds()
	close(stop)
	peakMB = <-peak
	if err != nil {
		b.Fatal(err)
	}
	cpu = (cmd.ProcessState.UserTime() + cmd.ProcessState.SystemTime()).Seconds()
	return wall, cpu, peakMB
}

// highWater returns the peak resident size of a process in MB, or 0 if it has ended.
func highWater(pid int) float64 {
	file, err := os.Open(fmt.Sprintf("/proc/%d/status", pid))
	if err != nil {
		return 0
	}
	defer file.Close()
	for lines := bufio.NewScanner(file); lines.Scan(); {
		if value, ok := strings.CutPrefix(lines.Text(), "VmHWM:"); ok {
			kb, _ := strconv.ParseFloat(strings.Fields(value)[0], 64)
			return kb / 1000
		}
	}
	return 0
}

func median(values []float64) float64 {
	slices.Sort(values)
	return values[len(values)/2]
}
