# Make a virtual environment with a Python that the workbench supports: venv.sh PYTHON-IN-IT [WANTED]
# One that is there already is kept, unless it is broken or another version is wanted.
here=$1
wanted=$2
supported='import sys; sys.exit(not (3, 11) <= sys.version_info[:2] <= (3, 13))'

version() { "$1" -c 'import sys; print("%d.%d" % sys.version_info[:2])' 2>/dev/null; }

if "$here" -c "$supported" 2>/dev/null; then
    if [ -z "$wanted" ] || [ "$(version "$wanted")" = "$(version "$here")" ]; then
        "$here" -m pip --version >/dev/null 2>&1 || "$here" -m ensurepip >/dev/null
        exit
    fi
fi
for python in ${wanted:-python3 python python3.13 python3.12 python3.11}; do
    if "$python" -c "$supported" 2>/dev/null; then
        echo "Setting up .venv with Python $(version "$python")"
        exec "$python" -m venv --clear .venv
    fi
done
found=$(version "${wanted:-python3}")
echo "The workbench needs Python 3.11, 3.12 or 3.13; ${wanted:-python3} is ${found:-not there}." \
    "Install one and name it: make PYTHON=python3.12 run" >&2
exit 2
