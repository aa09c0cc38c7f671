/* SPDX-License-Identifier: MIT */

/* Nothing, with the libraries of another program: what the dynamic linker takes for it. */

int main(void)
{
        return 0;
}
