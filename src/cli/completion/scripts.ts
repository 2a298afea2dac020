/** What each shell reads; all of them ask `rackhand __complete`, so that machines of the estate are completed too. */
export const scripts: Readonly<Record<string, string>> = {
  bash: `# bash completion for rackhand
_rackhand() {
  local value
  COMPREPLY=()
  while IFS=$'\\t' read -r value _; do
    case $value in
      :files) compopt -o default; return ;;
      :folders) compopt -o dirnames; return ;;
      *) COMPREPLY+=("$value") ;;
    esac
  done < <(rackhand __complete "\${COMP_WORDS[@]:1:COMP_CWORD}" 2>/dev/null)
}
complete -F _rackhand rackhand
`,
  zsh: `#compdef rackhand
# zsh completion for rackhand
_rackhand() {
  local line
  local -a values
  while IFS= read -r line; do
    case $line in
      :files) _files; return ;;
      :folders) _files -/; return ;;
      *$'\\t'*) values+=("\${line%%$'\\t'*}:\${line#*$'\\t'}") ;;
      *) values+=("$line") ;;
    esac
  done < <(rackhand __complete "\${(@)words[2,CURRENT]}" 2>/dev/null)
  _describe 'rackhand' values
}
compdef _rackhand rackhand
`,
  fish: `# fish completion for rackhand
function __rackhand_complete
  set -l found (rackhand __complete (commandline -opc)[2..] (commandline -ct) 2>/dev/null)
  switch "$found[1]"
    case ':files'
      __fish_complete_path (commandline -ct)
    case ':folders'
      __fish_complete_directories (commandline -ct)
    case '*'
      printf '%s\\n' $found
  end
end
complete -c rackhand -f -a '(__rackhand_complete)'
`,
};
