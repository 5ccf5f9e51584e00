// Cloudctl shows the machines of a cloud.
package main

import (
	"fmt"
	"strings"
)

// machines are those of a very small cloud.
var machines = []string{"pluto", "charon"}

func main() { fmt.Println(strings.Join(machines, " ")) }
