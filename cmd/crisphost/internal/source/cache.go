package source

import (
	"crypto/sha256"
	"encoding/hex"
	"fmt"
	"os"
	"path/filepath"
)

// CompileCache returns where a host keeps, below its state directory, which scripts of a directory compile, and the key of what compiles
// them: this very program. What other builds have left for the directory goes.
func CompileCache(stateDir, scripts string) (file, key string, err error) {
	program, err := os.Executable()
	if err != nil {
		return "", "", fmt.Errorf("find this program: %w", err)
	}
	info, err := os.Stat(program)
	if err != nil {
		return "", "", fmt.Errorf("find this program: %w", err)
	}
	if scripts, err = filepath.Abs(scripts); err != nil {
		return "", "", err
	}
	short := func(text string) string {
		sum := sha256.Sum256([]byte(text))
		return hex.EncodeToString(sum[:8])
	}
	key = fmt.Sprintf("%s %d %d", program, info.Size(), info.ModTime().UnixNano())
	base := filepath.Join(stateDir, "compiled", short(scripts)+"-")
	file = base + short(key)
	others, _ := filepath.Glob(base + "*") // there is no other error than that of the pattern
	for _, other := range others {
		if other != file {
			_ = os.Remove(other) // it is in nobody's way
		}
	}
	return file, key, nil
}
