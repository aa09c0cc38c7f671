#!/usr/bin/zsh -f
# SPDX-License-Identifier: MIT
#
# complete.zsh FOLDER LINE…: what zsh offers at the end of each line, with the completions of FOLDER. Prints "= LINE" and the words
# offered, one each. Completion needs a line editor and that a terminal: a zsh of its own in a pseudo terminal.

zmodload zsh/zpty
work=$(mktemp -d)
trap 'rm -rf $work' EXIT

cat > $work/setup <<- SETUP
	PS1= PS2= RPS1=
	fpath=(${(q)1} \$fpath)
	autoload -Uz compinit && compinit -D -u
	zstyle ':completion:*' menu no
	unsetopt beep list_ambiguous auto_list
	# What is offered is noted on its way; the functions that only ask compadd something are let through.
	compadd() {
	        local -a found
	        if [[ "\${@[1,(i)(-|--)]}" == *-(O|A|D)\ * ]]; then
	                builtin compadd "\$@"
	                return
	        fi
	        builtin compadd -O found "\$@"
	        print -rl -- \$found >> $work/found
	        builtin compadd "\$@"
	}
	note() {
	        : > $work/found
	        zle complete-word
	        BUFFER=
	        print -r >> $work/done
	}
	zle -N note
	bindkey '^I' complete-word
	bindkey '^T' note
	print -r > $work/done
SETUP
shift

zpty -b shell zsh -f -i
zpty -w shell "source $work/setup"

# The count of lines in the file `done` tells when the shell is ready again; what it prints meanwhile is thrown away.
answered() {
        local line n=$1
        integer tries=0
        until [[ -f $work/done && $(wc -l < $work/done) -ge $n ]]; do
                zpty -r -t shell line 2> /dev/null || sleep 0.05
                ((++tries < 2000)) || { print -u2 'zsh does not answer'; exit 1 }
        done
}

answered 1
n=1
for line in "$@"; do
        zpty -n -w shell "$line"$'\x14'
        answered $((++n))
        print -r -- "= $line"
        cat $work/found
done
zpty -d shell
