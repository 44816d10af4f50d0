//go:build unix && !linux

package schedule_test

import "errors"

func mountSmall(string) (unmount func() error, err error) { return nil, errors.ErrUnsupported }
