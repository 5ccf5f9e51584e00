// Benchpeer compares indexgen with Botkube's own index builder. It runs both in turn on the same
// files: the plugins of the Botkube project for four platforms. Run it in the directory of the
// module e2e.
package main

import (
	"context"
	"flag"
	"fmt"
	"os"
	"os/exec"
	"os/signal"
	"path/filepath"
	"runtime"
	"slices"
	"syscall"
	"text/tabwriter"
	"time"

	"botkube-plugins/e2e/internal/metaschema"
	"botkube-plugins/e2e/internal/programs"
)

func main() {
	runs := flag.Int("runs", 21, "how often each of the two is measured")
	flag.Parse()
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM)
	err := run(ctx, *runs)
	stop()
	if err != nil {
		fmt.Fprintln(os.Stderr, "error:", err)
		os.Exit(1)
	}
}

// contestant is one of the two programs.
type contestant struct {
	name    string
	command func() *exec.Cmd
	costs   []cost
}

// cost is the cost of one run, including the plugins that it started.
type cost struct {
	wall, cpu time.Duration
	memory    int64 // of the largest process, in bytes
}

func run(ctx context.Context, runs int) error {
	work, err := os.MkdirTemp("", "benchpeer")
	if err != nil {
		return err
	}
	defer os.RemoveAll(work)
	dist := filepath.Join(work, "dist")
	contestants, stop, err := prepare(ctx, work, dist)
	if err != nil {
		return err
	}
	defer stop()
	if err := describe(dist); err != nil {
		return err
	}
	for i := range runs + 1 {
		for _, c := range contestants {
			cost, err := measure(c.command())
			if err != nil {
				return fmt.Errorf("%s: %w", c.name, err)
			}
			if i > 0 { // the first run only reads the files into memory
				c.costs = append(c.costs, cost)
			}
		}
	}
	return report(contestants)
}

// prepare builds all programs, and starts the server that Botkube's builder needs.
func prepare(ctx context.Context, work, dist string) ([]*contestant, func(), error) {
	indexgen, peerindex := filepath.Join(work, "indexgen"), filepath.Join(work, "peerindex")
	if err := os.Mkdir(dist, 0o755); err != nil {
		return nil, nil, err
	}
	fmt.Fprintln(os.Stderr, "building the plugins, which takes minutes the first time")
	if err := programs.BuildPeerPlugins(ctx, ".", dist, false); err != nil {
		return nil, nil, err
	}
	if err := programs.Indexgen(ctx, ".", indexgen); err != nil {
		return nil, nil, err
	}
	if err := programs.PeerIndex(ctx, ".", peerindex); err != nil {
		return nil, nil, err
	}
	schemas, err := metaschema.Start(filepath.Join(work, "cert.pem"))
	if err != nil {
		return nil, nil, err
	}
	const baseURL = "https://example.com/plugins"
	output := filepath.Join(work, "plugins-index.yaml")
	return []*contestant{
		{name: "Botkube's builder", command: func() *exec.Cmd {
			cmd := exec.CommandContext(ctx, peerindex, "-dist", dist, "-base-url", baseURL, "-output", output)
			cmd.Env = append(os.Environ(), schemas.Env()...)
			return cmd
		}},
		{name: "indexgen generate", command: func() *exec.Cmd {
			return exec.CommandContext(ctx, indexgen, "generate", "--dist", dist, "--base-url", baseURL, "--output", output)
		}},
	}, func() { _ = schemas.Close() }, nil
}

func describe(dist string) error {
	files, err := os.ReadDir(dist)
	if err != nil {
		return err
	}
	var size int64
	for _, file := range files {
		info, err := file.Info()
		if err != nil {
			return err
		}
		size += info.Size()
	}
	fmt.Printf("%d files, %d MB; %d processors; %s\n\n", len(files), size/1e6, runtime.NumCPU(), runtime.Version())
	return nil
}

// measure runs a command to its end.
func measure(cmd *exec.Cmd) (cost, error) {
	start := time.Now()
	output, err := cmd.CombinedOutput()
	wall := time.Since(start)
	if err != nil {
		return cost{}, fmt.Errorf("%w\n%s", err, output)
	}
	state := cmd.ProcessState
	// The usage includes the processes that the process has waited for. On Linux, memory is in
	// units of 1024 bytes.
	usage, ok := state.SysUsage().(*syscall.Rusage)
	if !ok {
		return cost{}, fmt.Errorf("no resource usage on %s", runtime.GOOS)
	}
	return cost{wall: wall, cpu: state.UserTime() + state.SystemTime(), memory: usage.Maxrss << 10}, nil
}

// report prints the medians, and the ratio of the second contestant to the first.
func report(contestants []*contestant) error {
	w := tabwriter.NewWriter(os.Stdout, 0, 0, 2, ' ', tabwriter.AlignRight)
	fmt.Fprintf(w, "median of %d\twall time\tCPU time\tpeak memory\t\n", len(contestants[0].costs))
	var medians []cost
	for _, c := range contestants {
		m := cost{
			wall:   median(c.costs, func(c cost) time.Duration { return c.wall }),
			cpu:    median(c.costs, func(c cost) time.Duration { return c.cpu }),
			memory: median(c.costs, func(c cost) int64 { return c.memory }),
		}
		medians = append(medians, m)
		fmt.Fprintf(w, "%s\t%d ms\t%d ms\t%d MB\t\n", c.name, m.wall.Milliseconds(), m.cpu.Milliseconds(), m.memory/1e6)
	}
	a, b := medians[0], medians[1]
	fmt.Fprintf(
		w, "ratio\t%.2f\t%.2f\t%.2f\t\n",
		b.wall.Seconds()/a.wall.Seconds(), b.cpu.Seconds()/a.cpu.Seconds(), float64(b.memory)/float64(a.memory),
	)
	return w.Flush()
}

func median[T int64 | time.Duration](costs []cost, of func(cost) T) T {
	values := make([]T, len(costs))
	for i, c := range costs {
		values[i] = of(c)
	}
	slices.Sort(values)
	return values[len(values)/2]
}
