package main

import (
	"context"
	"errors"
	"fmt"
	"os"
	"path/filepath"

	"github.com/poolhouse-id/poolhouse/internal/ids"
	"github.com/poolhouse-id/poolhouse/internal/seal"
	"github.com/poolhouse-id/poolhouse/internal/store"
)

type keysCommand struct {
	Rotate keysRotateCommand `cmd:"" help:"Make a new data key and seal every secret anew with it. Servers may go on running. With --master, replace the master key instead, which encrypts the data keys: restart the servers then, before the next rotation."`
}

type keysRotateCommand struct {
	storeFlags
	Master       bool   `help:"Replace the master key instead: the file master.key gets the new one (the old stays beside it as master.key.old), or --new-master-key is used."`
	NewMasterKey string `env:"POOLHOUSE_NEW_MASTER_KEY" placeholder:"KEY" help:"The new master key, for installations that give it in the environment."`
}

// Run rotates the keys.
func (c *keysRotateCommand) Run(ctx context.Context, s streams) error {
	if c.Data == inMemory && c.Database == "" {
		return errors.New("an in-memory database has no keys to rotate; name it with --data or --database")
	}
	if err := c.exists(); err != nil {
		return err
	}
	db, err := store.Open(ctx, c.config())
	if err != nil {
		return err
	}
	defer db.Close()
	if c.Master || c.NewMasterKey != "" {
		return c.replaceMaster(ctx, db, s)
	}
	n, err := db.RotateDataKey(ctx)
	if err != nil {
		return fmt.Errorf("%w (%d values are sealed anew; run the command again to go on)", err, n)
	}
	fmt.Fprintf(s.out, "Sealed %d values anew.\n", n)
	return nil
}

// exists refuses to make a new database where one was to be rotated.
func (c *keysRotateCommand) exists() error {
	if c.Database != "" {
		return nil
	}
	path := filepath.Join(c.Data, store.DatabaseFile)
	if _, err := os.Stat(path); err != nil {
		return fmt.Errorf("no database: %w", err)
	}
	return nil
}

func (c *keysRotateCommand) replaceMaster(ctx context.Context, db *store.DB, s streams) error {
	if c.NewMasterKey != "" {
		master, err := seal.ParseMasterKey(c.NewMasterKey)
		if err != nil {
			return err
		}
		if err := db.ReplaceMasterKey(ctx, master); err != nil {
			return err
		}
		fmt.Fprintln(s.out, "Replaced the master key. Restart the servers with the new one.")
		return nil
	}
	if c.MasterKey != "" {
		return errors.New("the master key comes from the environment: give the new one with --new-master-key")
	}
	return c.replaceMasterFile(ctx, db, s)
}

// replaceMasterFile keeps the old file until the database knows the new key,
// so that there is no moment without the right key on disk.
func (c *keysRotateCommand) replaceMasterFile(ctx context.Context, db *store.DB, s streams) error {
	path := filepath.Join(c.Data, store.MasterKeyFile)
	next := path + ".new"
	master, created, err := seal.LoadOrCreateMasterKey(next, ids.Source{})
	if err != nil {
		return err
	}
	if !created {
		return fmt.Errorf("%s is left from an interrupted run: if the server starts, delete it; if not, move it to %s", next, path)
	}
	if err := db.ReplaceMasterKey(ctx, master); err != nil {
		return errors.Join(err, os.Remove(next))
	}
	if err := os.Rename(path, path+".old"); err != nil {
		return err
	}
	if err := os.Rename(next, path); err != nil {
		return err
	}
	fmt.Fprintf(s.out, "Replaced the master key in %s; the old one is %s.old. Restart the servers.\n", path, path)
	return nil
}
