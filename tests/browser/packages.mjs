// Installs the packages that package-lock.json pins, unless just these versions are in place already: the tests
// of a second preset, or without a network, then need no registry. usage: node packages.mjs [DIRECTORY]
import { spawnSync } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';

const here = process.argv[2] ?? import.meta.dirname;
const version_in = path => {
    try {
        return JSON.parse(readFileSync(join(here, path, 'package.json'), 'utf8')).version;
    } catch {
        return undefined;
    }
};

const { packages } = JSON.parse(readFileSync(join(here, 'package-lock.json'), 'utf8'));
const missing = Object.keys(packages).filter(path => path !== '' && version_in(path) !== packages[path].version);
if (missing.length > 0) {
    console.log(`installing: ${missing.join(', ')}`);
    const npm = spawnSync('npm', ['ci', '--ignore-scripts', '--no-audit', '--no-fund'], { cwd: here, stdio: 'inherit' });
    process.exitCode = npm.status ?? 1;
}
