"""``python -m pipeline`` does what ``indsats`` does, where console scripts are not allowed."""

from pipeline.cli import main

if __name__ == "__main__":
    main()
