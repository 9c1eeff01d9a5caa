-- Where Prosody finds modules that are not its own. A global setting: above the first VirtualHost or Component line.
-- (A file that has a plugin_paths line gets this path in that line. Debian's has it already.)
plugin_paths = { "/usr/local/lib/prosody/modules" }
