package cli

import (
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"

	"github.com/spf13/cobra"
	"github.com/spf13/pflag"
)

// newMan returns a hidden command, which make install runs. cobra's own generator reads the manuals as
// Markdown, so it would join the lines of their lists.
func newMan() *cobra.Command {
	return &cobra.Command{
		Use: "man DIRECTORY", Short: "Write the manual pages", Hidden: true, Args: cobra.ExactArgs(1),
		RunE: func(cmd *cobra.Command, args []string) error { return writePages(cmd.Root(), args[0]) },
	}
}

// writePages writes a page for a command and for each one below it.
func writePages(cmd *cobra.Command, dir string) error {
	err := os.WriteFile(filepath.Join(dir, pageName(cmd)+".1"), []byte(page(cmd)), 0o644)
	for _, sub := range pages(cmd) {
		err = errors.Join(err, writePages(sub, dir))
	}
	return err
}

// pages lists the commands below cmd that have a page.
func pages(cmd *cobra.Command) (subs []*cobra.Command) {
	for _, sub := range cmd.Commands() {
		if sub.IsAvailableCommand() && sub.Name() != "completion" {
			subs = append(subs, sub)
		}
	}
	return subs
}

func pageName(cmd *cobra.Command) string { return strings.ReplaceAll(cmd.CommandPath(), " ", "-") }

// page returns a manual page. It has no date, so that the same version gives the same bytes.
func page(cmd *cobra.Command) string {
	cmd.InitDefaultHelpFlag()
	cmd.InitDefaultVersionFlag()
	var b strings.Builder
	name, root := pageName(cmd), cmd.Root()
	fmt.Fprintf(&b, ".TH %q 1 \"\" %q\n", strings.ToUpper(name), root.Name()+" "+ThisBuild().Version)
	fmt.Fprintf(&b, ".SH NAME\n%s \\- %s\n", roff(name), roff(cmd.Short))
	fmt.Fprintf(&b, ".SH SYNOPSIS\n%s", prose(cmd.UseLine()))
	fmt.Fprintf(&b, ".SH DESCRIPTION\n%s", prose(cmd.Long))
	fmt.Fprintf(&b, ".SH OPTIONS\n%s", options(cmd.LocalFlags()))
	if cmd.Example != "" {
		fmt.Fprintf(&b, ".SH EXAMPLES\n%s", verbatim(cmd.Example))
	}
	var see []string
	for _, other := range append(pages(cmd), root) {
		if other != cmd {
			see = append(see, `.BR "`+roff(pageName(other))+`" (1)`)
		}
	}
	fmt.Fprintf(&b, ".SH SEE ALSO\n%s\n", strings.Join(see, ",\n"))
	return b.String()
}

func options(flags *pflag.FlagSet) string {
	var b strings.Builder
	flags.VisitAll(func(f *pflag.Flag) {
		if f.Hidden {
			return
		}
		name := "--" + f.Name
		if f.Shorthand != "" {
			name = "-" + f.Shorthand + ", " + name
		}
		value, usage := pflag.UnquoteUsage(f)
		if value != "" {
			value = ` \fI` + roff(value) + `\fR`
		}
		if !slices.Contains([]string{"", "0", "0s", "false", "[]"}, f.DefValue) {
			usage += " (default " + f.DefValue + ")"
		}
		fmt.Fprintf(&b, ".TP\n\\fB%s\\fR%s\n%s\n", roff(name), value, roff(usage))
	})
	return b.String()
}

// prose formats a text whose paragraphs are separated by empty lines. Lists, which are indented, keep
// their lines.
func prose(text string) string {
	var b strings.Builder
	list := false
	for line := range strings.Lines(strings.TrimRight(text, "\n") + "\n") {
		if indented := strings.HasPrefix(line, " "); indented != list {
			list = indented
			b.WriteString(map[bool]string{true: ".nf\n", false: ".fi\n"}[list])
		}
		if line == "\n" {
			line = ".PP\n"
		} else {
			line = roff(line)
		}
		b.WriteString(line)
	}
	if list {
		b.WriteString(".fi\n")
	}
	return b.String()
}

// verbatim formats a text that keeps all its lines.
func verbatim(text string) string {
	return ".nf\n" + roff(strings.TrimRight(text, "\n")) + "\n.fi\n"
}

// roff escapes a text: a backslash, a hyphen that must stay ASCII, and a control character at the
// beginning of a line.
func roff(text string) string {
	text = strings.NewReplacer(`\`, `\e`, "-", `\-`, "\n.", "\n\\&.", "\n'", "\n\\&'").Replace("\n" + text)
	return text[1:]
}
