"""The plugin protocol's messages, generated from tfplugin6.proto."""
