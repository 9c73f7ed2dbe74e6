// Command module-proxy puts the module of a directory into a file proxy, as a real proxy would serve it:
//
//	module-proxy DIRECTORY VERSION PROXY
package main

import (
	"fmt"
	"log"
	"os"
	"path/filepath"

	"golang.org/x/mod/modfile"
	"golang.org/x/mod/module"
	"golang.org/x/mod/zip"
)

func main() {
	if len(os.Args) != 4 {
		log.Fatal("usage: module-proxy DIRECTORY VERSION PROXY")
	}
	if err := publish(os.Args[1], os.Args[2], os.Args[3]); err != nil {
		log.Fatal(err)
	}
}

func publish(directory, version, proxy string) error {
	file, err := os.ReadFile(filepath.Join(directory, "go.mod"))
	if err != nil {
		return err
	}
	path, err := module.EscapePath(modfile.ModulePath(file))
	if err != nil {
		return err
	}
	folder := filepath.Join(proxy, path, "@v")
	if err := os.MkdirAll(folder, 0o755); err != nil {
		return err
	}
	archive, err := os.Create(filepath.Join(folder, version+".zip"))
	if err != nil {
		return err
	}
	defer archive.Close()
	// It refuses what the real proxy refuses, and leaves out the modules below this one.
	if err := zip.CreateFromDir(archive, module.Version{Path: modfile.ModulePath(file), Version: version}, directory); err != nil {
		return err
	}
	info := fmt.Sprintf(`{"Version":%q,"Time":"2000-01-01T00:00:00Z"}`, version)
	for name, text := range map[string]string{version + ".mod": string(file), version + ".info": info, "list": version + "\n"} {
		if err := os.WriteFile(filepath.Join(folder, name), []byte(text), 0o644); err != nil {
			return err
		}
	}
	return archive.Close()
}
