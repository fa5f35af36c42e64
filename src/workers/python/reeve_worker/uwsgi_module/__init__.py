"""The module `uwsgi`, as applications find it in the processes of Reeve and nowhere else.

`module` puts it together. Each family of functions has a file with `functions(here)`, which returns
them by name; `here` knows which process this is and what it runs. Reading order: here, module, then
any family.
"""
